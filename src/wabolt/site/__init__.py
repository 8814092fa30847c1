"""Wiring of the installation: settings, root URLs, web server, supervisor, embedded PostgreSQL, backup, commands.

No other room imports this one. Start reading in `command/running.py` (`wabolt up`), `front/` (what happens to a request
before Django), `postgres/` and `backup/`.
"""
