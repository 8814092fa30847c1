"""The database of every earlier release can be brought up to date, and has the tables of a new shop then. That of a
later release is refused.

`make release-dump` adds the dump of a release.
"""

import json
import lzma
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tools.release_dump import counts

from tests.forking import ForkServer
from tests.shared import database_url
from wabolt.operations.queries import releases
from wabolt.site.baseline import load_baseline
from wabolt.site.postgres.account import Account
from wabolt.site.postgres.places import find_programs

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

DUMPS = sorted(Path(__file__).parent.glob("*.sql.xz"))
NEWER = "INSERT INTO django_migrations (app, name, applied) VALUES ('contacts', '0999_from_the_future', now())"


def url_of(database: str) -> str:
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    default = settings.DATABASES["default"]
    values = {theirs: str(default[ours]) for ours, theirs in known.items() if default.get(ours)}
    return make_conninfo(**{**values, "dbname": database})


UPGRADED = f"upgrade_{os.getpid()}"


@pytest.fixture(scope="module")
def upgrading() -> Iterator[Callable[[Path], None]]:
    """Makes the database UPGRADED again from a dump."""
    made: list[str] = [UPGRADED]
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:

        def run(statement: str, **names: str) -> None:
            identifiers = {key: sql.Identifier(name) for key, name in names.items()}
            connection.execute(sql.SQL(statement).format(**identifiers))  # type: ignore[arg-type]

        @cache
        def restored(dump: Path) -> str:
            made.append(f"{UPGRADED}_{len(made)}")
            run("DROP DATABASE IF EXISTS {name}", name=made[-1])
            run("CREATE DATABASE {name} TEMPLATE template0", name=made[-1])
            restore(dump, url_of(made[-1]))
            return made[-1]

        def copy(dump: Path) -> None:
            template = restored(dump)
            run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=UPGRADED)
            run("CREATE DATABASE {name} TEMPLATE {template}", name=UPGRADED, template=template)

        yield copy
        for name in made:
            run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Runs commands on the database UPGRADED."""
    home = str(tmp_path_factory.mktemp("upgrades"))
    environment = {"WABOLT_HOME": home, "DATABASE_URL": url_of(UPGRADED), "WABOLT_LANGUAGE": "en"}
    server = ForkServer({**os.environ, **environment})
    yield server
    server.kill_all()


def restore(dump: Path, database: str) -> None:
    program = find_programs(Account(None, None)) / "psql"
    command = [str(program), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
    done = subprocess.run(command, input=lzma.decompress(dump.read_bytes()), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def tables(database: str) -> str:
    """The statements by which pg_dump makes the tables of a database, without the settings of the session."""
    dump = [str(find_programs(Account(None, None)) / "pg_dump"), "--schema-only", "--no-owner", "--no-comments"]
    text = subprocess.run([*dump, f"--dbname={database}"], check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(("--", "\\", "SELECT pg_c")))


def read_back(statements: str) -> list[str]:
    """The sorted lines of the same tables in a new database. PostgreSQL prints a condition that it has read back in
    other words."""
    name = sql.Identifier(f"{UPGRADED}_again")
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        try:
            with psycopg.connect(url_of(f"{UPGRADED}_again")) as connection:
                connection.execute(statements.encode())
            return sorted(tables(url_of(f"{UPGRADED}_again")).splitlines())
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_there_is_a_dump_of_every_release() -> None:
    assert {dump.name.removesuffix(".sql.xz") for dump in DUMPS} >= {release.version for release, _day in releases()}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.name)
def test_a_database_of_an_earlier_release_is_brought_up_to_date(
    dump: Path, upgrading: Callable[[Path], None], processes: ForkServer, django_db_setup: None
) -> None:
    """The test database has the tables of the baseline and of the migrations after it, like a new shop."""
    upgrading(dump)
    done = processes.command("migrate")
    assert done.returncode == 0, done.stderr
    before = json.loads(dump.with_name(dump.name.replace(".sql.xz", ".json")).read_text(encoding="utf-8"))
    after = counts(url_of(UPGRADED))
    assert before["contacts_contact"] > 20
    assert [name for name, count in before.items() if count > after.get(name, 0)] == [], "rows are gone"
    checked = processes.command("verify", "consent")
    assert checked.returncode == 0, checked.stdout
    assert read_back(tables(url_of(UPGRADED))) == sorted(tables(database_url()).splitlines())


@pytest.mark.django_db
def test_the_baseline_leaves_a_database_with_tables_alone() -> None:
    assert not load_baseline()


def test_a_database_of_a_later_release_is_refused(upgrading: Callable[[Path], None], processes: ForkServer) -> None:
    upgrading(DUMPS[-1])
    with psycopg.connect(url_of(UPGRADED), autocommit=True) as later:
        later.execute(NEWER)
    said = {name: processes.command(name) for name in ("migrate", "up", "web", "worker", "gateway", "consumer")}
    refusal = "The data was written by a newer WABolt (contacts.0999_from_the_future). Update WABolt first."
    assert [name for name, done in said.items() if not done.returncode or refusal not in done.stderr] == []
    assert [name for name, done in said.items() if "Traceback" in done.stderr] == []
