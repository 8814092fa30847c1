"""The file of ``wabolt report``: facts for a bug report, without personal data and without secrets.

It contains an explicit selection: versions, findings, figures, sizes of tables, names of tasks and classes of errors.
Logs contribute only lines in our own format (`lib.log_lines`), because these contain ids and no texts; other lines are
counted. Names of the machine, of its user and of the shop's domain are replaced.
"""

import contextlib
import getpass
import importlib.metadata
import json
import os
import platform
import re
import socket
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wabolt import __version__
from wabolt.lib.log_lines import masked
from wabolt.site import home
from wabolt.site.caddy.names import read_names
from wabolt.site.database import set_up_django
from wabolt.site.installation import connect
from wabolt.site.machine import examine
from wabolt.site.postgres.tuning import memory_megabytes

LAST_LINES = 3000  # lines of each log
LAST_BYTES = 1_000_000  # bytes of each log that are read
_LINE = re.compile(r"\d{4}-\d\d-\d\dT\S+ (INFO|WARNING|ERROR|CRITICAL) wabolt\.[\w.]+: ")
_STACK = re.compile(r"  \S+\.py:\d+ [\w<>]+|[\w.]+(Error|Exception|Exit|Interrupt|Warning)( \(SQLSTATE \w+\))?")
_TABLES = """
    SELECT relname::text, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC LIMIT 200
"""


def make_report(target: Path) -> None:
    """Writes the report to the ZIP file `target`, which only its owner can read. Raises FileExistsError if the file
    exists."""
    replace = _names_hidden()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as report:
        for name, lines in _members():
            report.writestr(name, replace("\n".join(lines) + "\n"))


def _members() -> Iterator[tuple[str, list[str]]]:
    yield "about.txt", _about()
    yield "doctor.txt", [f"{one.state}: {one.name}: {one.text}" for one in examine()]
    packages = sorted({f"{d.name} {d.version}" for d in importlib.metadata.distributions() if d.name})
    yield "packages.txt", packages
    yield "settings.txt", sorted(name for name in os.environ if name.startswith("WABOLT_") or name == "DATABASE_URL")
    connection = connect()
    if connection is not None:
        with connection:
            yield "tables.txt", _table(connection.execute(_TABLES).fetchall())
        yield from _members_of_rooms()
    for log in sorted((home.home() / "log").glob("*.log*")):
        yield f"log/{log.name}.txt", _own_lines(log)


def _about() -> list[str]:
    return [
        f"WABolt {__version__}",
        f"Python {sys.version.split()[0]}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"processors: {os.cpu_count()}",
        f"memory: {memory_megabytes()} MB",
        f"made: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    ]


def _table(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    return ["\t".join(str(value) for value in row) for row in rows]


def _members_of_rooms() -> Iterator[tuple[str, list[str]]]:
    """The members that the rooms read with Django, without names of processes, which hold the name of the machine."""
    os.environ.setdefault("DATABASE_URL", home.database_url())
    set_up_django()
    from wabolt.contacts.queries import count_parked_events
    from wabolt.lib.jobs import count_jobs
    from wabolt.operations.queries import exposition, recent_processes

    yield "jobs.txt", _table(count_jobs())
    yield "parked-events.txt", _table(count_parked_events())
    processes = recent_processes()
    yield "processes.txt", _table((p.kind, p.version, p.started_at, p.beat_at, p.ended_at) for p in processes)
    yield "figures.txt", exposition().decode().splitlines()


def _own_lines(log: Path) -> list[str]:
    """Returns the last lines of a log that are in our own form, masked once more; others are counted."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LAST_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()[-LAST_LINES:]
    kept = [masked(line) for line in lines if _is_ours(line)]
    return [*kept, f"({len(lines) - len(kept)} lines of other programs are left out)"]


def _is_ours(line: str) -> bool:
    if _LINE.match(line) or _STACK.fullmatch(line):
        return True
    try:
        found = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return False
    return isinstance(found, dict) and str(found.get("logger", "")).startswith("wabolt.")


def _names_hidden() -> Callable[[str], str]:
    """Returns a function that replaces the home folders, the domains and the names of the machine and its user."""
    pairs = [(str(home.home()), "WABOLT_HOME"), (str(Path.home()), "~"), (socket.gethostname(), "MACHINE")]
    with contextlib.suppress(KeyError, OSError):  # a user without a name
        pairs.append((getpass.getuser(), "USER"))
    pairs += [(name, "DOMAIN") for name in sorted(_domains(), key=len, reverse=True)]
    hidden = [(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), instead) for name, instead in pairs if len(name) > 2]

    def replace(text: str) -> str:
        for pattern, instead in hidden:
            text = pattern.sub(instead, text)
        return text

    return replace


def _domains() -> set[str]:
    """Returns the host names under which the shop is reached: remembered by `wabolt up` or set in the environment."""
    public = read_names(home.home())
    names = {*(public.names if public else ()), urlsplit(os.environ.get("WABOLT_PUBLIC_URL", "")).hostname or ""}
    names |= {name.strip(" .") for name in os.environ.get("WABOLT_HOSTS", "").split(",")}
    return names - {"", "localhost", "127.0.0.1"}
