"""Benchmark commands. Each prints our figure, a plain-PostgreSQL limit for the same work in the same run, and the
ratio."""
