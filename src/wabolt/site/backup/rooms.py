"""Making a restored database ready for its rooms; run as a process of its own with `DATABASE_URL` set to it.

Reads one JSON object from standard input: `made_at` of the backup (ISO 8601) and `previous`, the connection string of
the database that is being replaced.
"""

import json
import sys
from datetime import datetime
from typing import Any

import psycopg

from wabolt.site.database import set_up_django

_SHOPS = "SELECT id, created_at FROM accounts_workspace"


def finish(*, made_at: datetime, previous: str) -> None:
    """Migrate the restored database and send `lib.restore.database_restored`."""
    from wabolt.lib.restore import Restore, database_restored
    from wabolt.site.prepare import migrate, refuse_newer

    refuse_newer()
    migrate()
    with psycopg.connect(previous, options="-c default_transaction_read_only=on") as old:
        has_shops = old.execute("SELECT to_regclass('accounts_workspace') IS NOT NULL").fetchone() == (True,)
        shops = _shops_in_both(old) if has_shops else frozenset()
        database_restored.send(None, restore=Restore(made_at, old if shops else None, shops))


def _shops_in_both(previous: "psycopg.Connection[tuple[Any, ...]]") -> frozenset[int]:
    """Ids of the shops that both databases hold. The time of creation tells two shops with the same id apart."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_SHOPS)
        restored = set(cursor.fetchall())
    return frozenset(pk for pk, _created_at in restored & set(previous.execute(_SHOPS).fetchall()))


if __name__ == "__main__":
    set_up_django()
    given = json.load(sys.stdin)
    finish(made_at=datetime.fromisoformat(given["made_at"]), previous=given["previous"])
