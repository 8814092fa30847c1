"""The session keys of linked numbers at a restore.

They are in a schema of their own, which the library behind linked numbers makes and fills. No backup holds them
(site.backup.contents). A restore takes them from the database that was there before, because a session goes on with
every message.
"""

import psycopg

from wabolt.site.backup import server

SCHEMA = "whatsmeow"
BLOCK = 1 << 20  # bytes


def move_sessions(old: str, new: str) -> None:
    """Copy the schema of the session keys from one database into another, if there is one."""
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
