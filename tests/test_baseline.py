"""A database that starts from the baseline is the same as one that ran every migration."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from wabolt.site.postgres import Cluster

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]
MIGRATE = "from tools.baseline import run_migrations; run_migrations()"
LOAD = """
from wabolt.site.database import set_up_django
set_up_django()
from wabolt.site.baseline import load_baseline
assert load_baseline()
assert not load_baseline()  # there are tables now
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("baseline") / "postgres", durable=False)
    cluster.start()
    yield cluster
    cluster.remove()


def new_database(cluster: Cluster, name: str) -> str:
    """The URL of a new empty database."""
    with psycopg.connect(cluster.admin_url("postgres"), autocommit=True) as connection:
        owner = conninfo_to_dict(cluster.url())["user"]
        connection.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0")
    return cluster.url(name)


def run(code: str, url: str, home: Path) -> None:
    """Runs a program with this database."""
    environment = {**os.environ, "DATABASE_URL": url, "WABOLT_HOME": str(home), "WABOLT_SECRET_KEY": "unsigned"}
    environment |= {"PYTHONPATH": f"src{os.pathsep}."}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def tables(cluster: Cluster, url: str) -> str:
    """The schema of a database as pg_dump prints it, without the settings of the session."""
    dump = [cluster.programs / "pg_dump", "--schema-only", "--no-owner", "--no-comments", f"--dbname={url}"]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(("--", "\\", "SELECT pg_c")))


def test_the_baseline_and_all_migrations_make_the_same_tables(cluster: Cluster, tmp_path: Path) -> None:
    first, again, later = (new_database(cluster, name) for name in ("first", "again", "later"))
    run(MIGRATE, first, tmp_path)
    with psycopg.connect(again) as connection:  # PostgreSQL prints a condition that it has read back in other words
        connection.execute(tables(cluster, first).encode())
    run(LOAD + MIGRATE, later, tmp_path)
    assert sorted(tables(cluster, later).splitlines()) == sorted(tables(cluster, again).splitlines())
