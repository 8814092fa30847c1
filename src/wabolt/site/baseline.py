"""Creates the tables of an empty database with one script instead of all migrations.

`baseline.sql.xz` holds the tables after the migrations that its first line lists; `make baseline` writes it. Newer
migrations run after it, so an old script costs time but gives the same tables (`tests/upgrades`). A new shop, a
restore and the check of a backup use it: all migrations take a minute of processor time, the script takes a second.
"""

import json
import lzma
import re
from functools import cache
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("baseline.sql.xz")
_HEADER = "-- "
_OF_THE_SESSION = re.compile(
    r"SET (?:\w+_timeout|client_\w+|default_table\w+|standard_conforming_strings|check_function_bodies|xmloption"
    r"|row_security) = [^;]*;|SELECT pg_catalog\.set_config\('search_path'.*|\\(?:un)?restrict .*"
)
"""Lines by which pg_dump changes the settings of a session."""
_IS_EMPTY = """
    SELECT NOT EXISTS (
        SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
    )
"""


def baseline_migrations() -> frozenset[tuple[str, str]]:
    """Returns the migrations (app, name) that the script contains."""
    header = json.loads(_script().partition("\n")[0].removeprefix(_HEADER))
    return frozenset((app, name) for app, name in header["migrations"])


def load_baseline() -> bool:
    """Makes the tables of the script in the database of Django's connection. Returns False, with nothing changed, if
    the database has tables."""
    from django.db import connection, transaction  # a restore uses the rest of this module without Django

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_IS_EMPTY)
        if not cursor.fetchone()[0]:
            return False
        load_script(cursor)
    return True


def load_script(cursor: Any) -> None:
    """Makes the tables of the script in the empty database of a cursor, inside its transaction."""
    cursor.execute("SET LOCAL check_function_bodies = false")  # a function may use a table that follows it
    cursor.execute(_script())


def write_baseline(dump: str, migrations: list[tuple[str, str]]) -> None:
    """Writes the script. `dump`: a plain dump of pg_dump without owners and privileges."""
    lines = [line for line in dump.splitlines() if not _OF_THE_SESSION.fullmatch(line)]
    header: dict[str, Any] = {"migrations": sorted(migrations)}
    text = "\n".join([_HEADER + json.dumps(header), *lines, ""])
    SCRIPT.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


@cache
def _script() -> str:
    return lzma.decompress(SCRIPT.read_bytes()).decode()
