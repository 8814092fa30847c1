"""Writes the database of a small shop in the present schema to tests/upgrades/: ``python -m tools.release_dump``.

Run it once for each release; it does not replace the dump of a version that has one. The suite restores every dump,
migrates it to the present schema and compares the counts.
"""

import csv
import io
import json
import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from wabolt import __version__  # noqa: E402
from wabolt.site.postgres import Cluster  # noqa: E402

DUMPS = ROOT / "tests" / "upgrades"
DATA = ROOT / "src" / "wabolt" / "demo" / "data"
PEOPLE = 60
LOAD = """
import sys
from pathlib import Path
from wabolt.demo.services import load_demo
load_demo(progress=lambda done, total: None, data=Path({folder!r}))
"""
LEFT_OUT = ("django_", "auth_", "site_cache", "operations_process")
"""Beginnings of the names of tables that are not a shop's data."""
TABLES = """
    SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'procrastinate%' ORDER BY 1
"""


def main() -> None:
    """Makes the shop in a database of its own and writes its dump and its counts."""
    if (DUMPS / f"{__version__}.sql.xz").exists():
        sys.exit(f"There is a dump of {__version__}, which may have been released. Raise the version first.")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the user that runs PostgreSQL has to traverse it
        cluster = Cluster(Path(folder) / "postgres", durable=False)
        cluster.start()
        try:
            url = cluster.url()
            _shop(Path(folder), url)
            (DUMPS / f"{__version__}.json").write_text(json.dumps(counts(url), indent=1) + "\n", encoding="utf-8")
            dump = [cluster.programs / "pg_dump", "--no-owner", "--no-privileges", "--no-comments", f"--dbname={url}"]
            text = subprocess.run(dump, check=True, capture_output=True).stdout  # noqa: S603 -- our own PostgreSQL
            (DUMPS / f"{__version__}.sql.xz").write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
        finally:
            cluster.remove()


def counts(url: str) -> dict[str, int]:
    """The number of rows of every table that holds a shop's data."""
    with psycopg.connect(url) as connection:
        names = [str(name) for (name,) in connection.execute(TABLES).fetchall() if not name.startswith(LEFT_OUT)]
        found = {}
        for name in names:
            (found[name],) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() or (0,)
    return found


def _shop(folder: Path, url: str) -> None:
    environment = {**os.environ, "WABOLT_HOME": str(folder / "home"), "DATABASE_URL": url}
    environment["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"
    (folder / "home").mkdir()
    _few_people(folder)
    for arguments in (["migrate"], ["manage", "shell", "-v", "0", "-c", LOAD.format(folder=str(folder))]):
        command = [sys.executable, "-m", "wabolt", *arguments]
        subprocess.run(command, env=environment, check=True)  # noqa: S603 -- our own Python


def _few_people(folder: Path) -> None:
    """Writes the last buyers of batik of the demo, and their orders, in the format of the demo's data."""
    order_head, *orders = _rows("pesanan", ",")
    contact_head, *contacts = _rows("kontak", ";")
    newest = sorted(orders, key=lambda row: row[3], reverse=True)
    chosen = set(list(dict.fromkeys(row[1] for row in newest if "batik" in row))[:PEOPLE])
    few = {
        "kontak": (";", [contact_head, *(row for row in contacts if chosen & set(row))]),
        "pesanan": (",", [order_head, *(row for row in orders if row[1] in chosen)]),
    }
    for name, (delimiter, rows) in few.items():
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        (folder / f"{name}.csv.xz").write_bytes(lzma.compress(text.getvalue().encode(), preset=0))


def _rows(name: str, delimiter: str) -> list[list[str]]:
    text = lzma.decompress((DATA / f"{name}.csv.xz").read_bytes()).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


if __name__ == "__main__":
    main()
