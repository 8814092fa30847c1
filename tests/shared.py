"""Shared by several tests: folders with PostgreSQL clusters, which take seconds to make, and the test database."""

import fcntl
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.forking import quick_python
from wabolt.site.postgres import Cluster

_PORTS = itertools.count()
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nshared_buffers = 256MB\n"


def database_url() -> str:
    """Returns DATABASE_URL of the test database, for other processes."""
    database = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{ours: database[theirs] for ours, theirs in names.items() if database[theirs]})


def free_port() -> int:
    """Returns a port for a server that starts a moment later. The system gives ports of this range to no program that
    asks for any port, and each process of the tests begins at another place in it."""
    while True:
        port = 12_000 + (331 * os.getpid() + next(_PORTS)) % 20_000
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Returns the folder `name`, filled by `make` for the first worker that asks. Copy it; never change it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made, draft = shared / name, shared / f"{name}-draft"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            draft.mkdir()
            make(draft)
            draft.rename(made)
    return made


def copy(source: Path, target: Path) -> None:
    """Copies the content of a folder with owners and permissions."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", target], check=True)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can traverse, until the end of the block. A server that root starts needs it: pytest's
    folders are closed, and its data would be in /var/lib on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="wabolt-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def make_cluster(folder: Path) -> None:
    """Fills `folder` with a cluster that was started once and stopped."""
    with open_folder() as place:
        cluster = Cluster(place / "made", durable=False)
        try:
            cluster.start()
            cluster.stop()
            copy(cluster.places.folder, folder / "cluster")
        finally:
            cluster.remove()


def copied_cluster(made: Path, folder: Path, *, durable: bool = False) -> Cluster:
    """A stopped cluster in `folder`: a copy of the one that `make_cluster` or `make_home` made. If it is not `durable`,
    it also waits for no disk when a command of WABolt starts it."""
    cluster = Cluster(folder, durable=durable)
    copy(made / "cluster", cluster.places.folder)
    if not durable:
        (cluster.places.data / "local.conf").write_text(FAST)
    return cluster


def make_home(made: Path, folder: Path) -> None:
    """Fills `folder` with the home folder and the cluster of an installation before its setup page. `made`: a cluster
    of `make_cluster`."""
    home = folder / "home"
    with open_folder() as place:
        cluster = Cluster(place / "made", durable=False)
        try:
            copy(made / "cluster", cluster.places.folder)
            cluster.start()
            environment = {**os.environ, "WABOLT_HOME": str(home), "DATABASE_URL": cluster.url()}
            subprocess.run(
                [quick_python(), "-m", "wabolt", "migrate"], env=environment, check=True, capture_output=True
            )
            cluster.stop()
            copy(cluster.places.folder, folder / "cluster")
        finally:
            cluster.remove()
