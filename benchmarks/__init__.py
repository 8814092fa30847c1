"""Commands that measure, never tests: each prints our figure, a plain-PostgreSQL limit for the same work, the ratio."""
