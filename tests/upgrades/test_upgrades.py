"""The database of every earlier release can be brought up to date; that of a later one is refused.

`make release-dump` adds the dump of a release.
"""

import json
import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tools.release_dump import counts

from wabolt.operations.queries import releases
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


@pytest.fixture
def database() -> Iterator[str]:
    """The connection string of a new empty database."""
    name = f"upgrade_{os.getpid()}"
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield url_of(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def wabolt(database: str, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    parts = conninfo_to_dict(database)
    parts["host"] = str(parts["host"]).replace("/", "%2F")
    url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**{"port": 5432, "password": "", **parts})
    environment = {**os.environ, "WABOLT_HOME": str(home), "DATABASE_URL": url, "WABOLT_LANGUAGE": "en"}
    environment["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"
    command = [sys.executable, "-m", "wabolt", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def restore(dump: Path, database: str) -> None:
    program = find_programs(Account(None, None)) / "psql"
    command = [str(program), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
    done = subprocess.run(command, input=lzma.decompress(dump.read_bytes()), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_there_is_a_dump_of_every_release() -> None:
    assert {dump.name.removesuffix(".sql.xz") for dump in DUMPS} >= {release.version for release, _day in releases()}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.name)
def test_a_database_of_an_earlier_release_is_brought_up_to_date(dump: Path, database: str, tmp_path: Path) -> None:
    restore(dump, database)
    done = wabolt(database, tmp_path, "migrate")
    assert done.returncode == 0, done.stderr
    before = json.loads(dump.with_name(dump.name.replace(".sql.xz", ".json")).read_text(encoding="utf-8"))
    after = counts(database)
    assert before["contacts_contact"] > 20
    assert [name for name, count in before.items() if count > after.get(name, 0)] == [], "rows are gone"
    checked = wabolt(database, tmp_path, "verify", "consent")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("command", ["migrate", "up", "web", "worker", "gateway", "consumer"])
def test_a_database_of_a_later_release_is_refused(
    command: str, shared_later_database: str, tmp_path: Path
) -> None:
    done = wabolt(shared_later_database, tmp_path, command)
    assert done.returncode != 0
    assert "The data was written by a newer WABolt (contacts.0999_from_the_future). Update WABolt first." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def shared_later_database() -> Iterator[str]:
    """A database whose migrations name one that this program does not have."""
    name = f"later_{os.getpid()}"
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        restore(DUMPS[-1], url_of(name))
        with psycopg.connect(url_of(name), autocommit=True) as later:
            later.execute(NEWER)
        yield url_of(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
