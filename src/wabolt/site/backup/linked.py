"""The session keys of linked numbers during a restore.

They are in the schema whatsmeow, which the library for linked numbers creates and fills. No backup holds them
(site.backup.contents). A restore copies them from the previous database, because every message changes a session.
"""

import psycopg

from wabolt.site.backup import server

SCHEMA = "whatsmeow"
BLOCK = 1 << 20  # bytes


def move_sessions(old: str, new: str) -> None:
    """Copies the schema of the session keys from the database ``old`` into ``new``, if it exists."""
    with psycopg.connect(old) as connection:
        row = connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", [SCHEMA]).fetchone()
    if row != (True,):
        return
    options = ("--format=custom", "--no-owner", f"--schema={SCHEMA}")
    with (
        server.output("pg_dump", *options, url=old) as dump,
        server.fed("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={server.name_of(new)}", url=new) as gate,
    ):
        while block := dump.read(BLOCK):
            gate.write(block)
