"""The steps of a restore that need Django. `DATABASE_URL` is the new database. `steps` runs this program for each.

``build`` makes the tables that the script of the baseline lacks. ``finish`` brings them up to date and lets every room
prepare its data. Standard input is a JSON object with a step and its arguments.
"""

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg

from wabolt.site.database import set_up_django
from wabolt.site.parent import terminate_with_parent

if TYPE_CHECKING:
    from django.db.migrations.graph import MigrationGraph

_PARTITION = re.compile(r"contacts_event_(\d{4})_(\d\d)")


def build(*, migrations: dict[str, list[str]], partitions: list[str]) -> None:
    """Brings the tables of the baseline, or an empty database, to the state of `migrations` ({app: [names]}), and makes
    the partitions of the event log."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from wabolt.site.prepare import refuse_unknown

    applied = {(app, name) for app, names in migrations.items() for name in names}
    executor = MigrationExecutor(connection)
    refuse_unknown(executor.loader, applied)
    executor.migrate(_last_of_each_app(executor.loader.graph, applied))
    _make_partitions(partitions)


def finish(*, made_at: str, previous: str, shops: list[int], erasures: list[dict[str, Any]]) -> None:
    """Migrates the restored database and sends `lib.restore.database_restored`.

    `made_at`: when the backup was made (ISO 8601). `previous`: the URL of the database that is being replaced. `shops`:
    the ids of the shops in both databases. `erasures`: the contents of the lists of erased people.
    """
    from wabolt.lib.restore import Restore, database_restored, rows_restored
    from wabolt.site.prepare import migrate, refuse_older

    migrate()
    moment = datetime.fromisoformat(made_at)
    if not shops:
        database_restored.send(None, restore=Restore(moment, erasures=erasures))
    else:
        with psycopg.connect(previous, options="-c default_transaction_read_only=on") as old:
            refuse_older(old.execute("SELECT app, name FROM django_migrations").fetchall())
            _continue_sequences(old)
            database_restored.send(None, restore=Restore(moment, old, frozenset(shops), erasures))
    rows_restored.send(None)


def _continue_sequences(previous: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Moves the sequences past every id that the previous database has used."""
    from django.db import connection

    query = "SELECT sequencename::text, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value > 0"
    with connection.cursor() as cursor:
        cursor.execute(query)
        restored = dict(cursor.fetchall())
        for name, value in previous.execute(query).fetchall():
            if value > restored.get(name, 0):
                cursor.execute("SELECT setval(to_regclass(%s), %s)", [f'public."{name}"', value])


def _last_of_each_app(graph: "MigrationGraph", applied: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns the last applied migration of each app."""
    return [
        node
        for node in graph.nodes
        if node in applied
        and not any(child.key in applied and child.key[0] == node[0] for child in graph.node_map[node].children)
    ]


def _make_partitions(names: list[str]) -> None:
    """Makes monthly partitions from the oldest month in `names` on, so that restored events go to their partition."""
    from wabolt.contacts.services import ensure_event_partitions
    from wabolt.lib import clock

    months = [int(found[1]) * 12 + int(found[2]) - 1 for name in names if (found := _PARTITION.fullmatch(name))]
    now = clock.now()
    oldest = now.year * 12 + now.month - 1 - min(months, default=0)
    if months:
        ensure_event_partitions(back=max(1, min(oldest, 1200)))


def main() -> None:
    """Runs one step."""
    terminate_with_parent()
    set_up_django()
    given = json.load(sys.stdin)
    STEPS[given.pop("step")](**given)


STEPS: dict[str, Callable[..., None]] = {"build": build, "finish": finish}

if __name__ == "__main__":
    main()
