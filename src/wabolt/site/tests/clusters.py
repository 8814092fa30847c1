"""The PostgreSQL server of a process that runs tests. The settings of the suite import this module."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import psycopg

from wabolt.site.baseline import SCRIPT, load_script
from wabolt.site.postgres import Cluster

BASELINE = f"test_baseline_{hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]}"
"""The name of the database with the tables of the baseline. Test databases are copies of it."""


def started(folder: Path) -> Cluster:
    """Returns the running server of `folder`. A new one is a copy of a server with BASELINE: making one takes three
    seconds, and each worker of a suite needs its own."""
    cluster = Cluster(folder, durable=False)
    made = folder.parent / f"made-{BASELINE}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "made.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cluster.places.data.exists():
            if not made.exists():
                _make(made)
            _copy(made, cluster.places.folder)
    cluster.start()
    return cluster


def ensure_baseline(access: str) -> None:
    """Makes the database BASELINE on the server of the connection string `access` if it lacks it."""
    with psycopg.connect(access, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(7240399)")  # parallel suites may share a server
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [BASELINE]).fetchone():
            draft = f"{BASELINE}_draft"  # of a run that was killed
            server.execute(f"DROP DATABASE IF EXISTS {draft}".encode())
            server.execute(f"CREATE DATABASE {draft} TEMPLATE template0".encode())
            with psycopg.connect(access, dbname=draft) as fresh:
                load_script(fresh.cursor())
            server.execute(f"ALTER DATABASE {draft} RENAME TO {BASELINE}".encode())


def _make(target: Path) -> None:
    draft = Cluster(target.with_name("draft"), durable=False)
    draft.remove()  # what a killed run left
    try:
        draft.start()
        with psycopg.connect(draft.admin_url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER ROLE wabolt CREATEDB")  # pytest-django creates the test databases
            # conftest empties tables
            connection.execute("GRANT SET ON PARAMETER session_replication_role TO wabolt")
        ensure_baseline(draft.url())
        draft.stop()
        for old in target.parent.glob("made-*"):
            shutil.rmtree(old)
        _copy(draft.places.folder, target)
    finally:
        draft.remove()


def _copy(source: Path, target: Path) -> None:
    """Replaces `target` by a copy of the folder of a server, with owners and permissions. A killed run leaves no half
    of it there."""
    new = target.with_name(f"{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    subprocess.run(["cp", "-a", source, new], check=True)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
