"""The server recovers after every kind of sudden end."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.forking import ForkServer
from tests.shared import copied_cluster, open_folder

from wabolt.site.postgres import Cluster, ClusterError, orphans
from wabolt.site.postgres import cluster as cluster_module

pytestmark = pytest.mark.slow
PR_SET_CHILD_SUBREAPER = 36
START_AND_HANG = """
import sys, time
from pathlib import Path
from wabolt.site.postgres import Cluster
Path(sys.argv[2]).write_text(Cluster(Path(sys.argv[1]), durable=False).start())
time.sleep(600)
"""


@pytest.fixture(scope="module")
def cluster(made_cluster: Path) -> Iterator[Cluster]:
    """A server that may run. The tests damage and repair it one after the other."""
    with open_folder() as folder:
        made = copied_cluster(made_cluster, folder / "cluster", durable=True)
        yield made
        made.remove()


@pytest.fixture
def stopped(cluster: Cluster) -> Cluster:
    cluster.stop()
    return cluster


def postmaster(cluster: Cluster) -> int:
    return int((cluster.places.data / "postmaster.pid").read_text().split()[0])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 60 s"
        time.sleep(0.01)


def crash(cluster: Cluster) -> None:
    """Commits a row, then kills the postmaster."""
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(postmaster(cluster), signal.SIGKILL)
    wait_for(lambda: not cluster.ping())


def kept(cluster: Cluster) -> int:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


@contextlib.contextmanager
def watched(cluster: Cluster) -> Iterator[None]:
    """`wait_for_end` of another object waits until the server ends within this block."""
    waiting = threading.Thread(target=Cluster(cluster.folder).wait_for_end)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    yield
    waiting.join(30)
    assert not waiting.is_alive()


def test_kill_of_the_process_that_started_it_leaves_a_server_to_adopt(stopped: Cluster) -> None:
    cluster = stopped
    printed = cluster.folder / "printed"
    parent = ForkServer(os.environ).start(START_AND_HANG, str(cluster.folder), str(printed))
    wait_for(lambda: printed.exists() and printed.read_text() == "started")
    parent.kill()
    assert cluster.ping()
    assert cluster.start() == "adopted"
    assert cluster.leave() is True  # the killed process no longer counts as a user


def test_kill_of_the_postmaster_is_recovered_with_all_that_was_committed(cluster: Cluster) -> None:
    cluster.start()
    with watched(cluster):
        crash(cluster)
    said: list[str] = []
    assert cluster.start(said.append) == "recovered"
    assert any("not stopped cleanly" in text for text in said)
    assert kept(cluster) == 1
    cluster.stop()
    assert cluster.start() == "started"


@pytest.mark.skipif(sys.platform != "linux", reason="child subreapers are Linux's")
def test_postmaster_that_stays_a_zombie_does_not_count_as_running(stopped: Cluster) -> None:
    cluster = stopped
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # the orphaned postmaster becomes our child, and we do not reap it
    try:
        cluster.start()
        pid = postmaster(cluster)
        crash(cluster)
        wait_for(lambda: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z")
        assert cluster.start() == "recovered"
        assert kept(cluster) == 1
        cluster.stop()
        assert not cluster.ping()
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


def test_pid_file_of_another_program_is_ignored(cluster: Cluster) -> None:
    cluster.start()
    pid_file = cluster.places.data / "postmaster.pid"
    with subprocess.Popen(["sleep", "600"]) as bystander:
        try:
            text = pid_file.read_text().replace(str(postmaster(cluster)), str(bystander.pid), 1)
            crash(cluster)
            pid_file.write_text(text)
            cluster.stop()  # must not signal the bystander
            assert bystander.poll() is None
            assert cluster.start() == "recovered"
            assert kept(cluster) == 1
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_stale_or_half_written_pid_file_is_ignored(cluster: Cluster) -> None:
    cluster.start()
    for text in ("", "12", "99999999\n/somewhere", "not a number\n", "\x00" * 40):
        crash(cluster)
        (cluster.places.data / "postmaster.pid").write_text(text)
        assert cluster.start() == "recovered", text
        assert kept(cluster) == 1, text


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc")
def test_backend_in_a_long_computation_does_not_block_the_next_start(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "WAIT", 1.0)
    cluster.start()

    def compute() -> None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(cluster.url()) as connection:
            connection.execute("SELECT sum(sqrt(n)) FROM generate_series(1, 2000000000) AS n")

    worker = threading.Thread(target=compute)
    worker.start()
    try:
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT sum%'"
            wait_for(lambda: connection.execute(sql).fetchone() == (1,))
        crash(cluster)
        assert cluster.start() == "recovered"
        assert kept(cluster) == 1
    finally:
        worker.join(timeout=20)
    assert not worker.is_alive()


def test_deleted_socket_of_a_running_server_is_restored(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "WAIT", 1.0)
    cluster.start()
    with watched(cluster):
        (cluster.places.socket / ".s.PGSQL.5432").unlink()
    assert not cluster.ping()
    cluster.start()
    assert cluster.ping()


def test_long_recovery_is_waited_for_and_reported(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.start()
    crash(cluster)
    asked = cluster._ask
    answers = iter([2, 1, 1, 1])
    monkeypatch.setattr(cluster, "_ask", lambda: next(answers, None) or asked())
    monkeypatch.setattr(cluster_module, "REPORT_INTERVAL", 0.0)
    said: list[str] = []
    assert cluster.start(said.append) == "recovered"
    assert sum("still getting ready" in text for text in said) >= 3


def test_starter_that_finds_a_server_in_recovery_waits_for_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start()
    asked = cluster._ask
    answers = iter([1, 1])
    monkeypatch.setattr(cluster, "_ask", lambda: next(answers, None) or asked())
    assert cluster.start() == "adopted"


def test_server_that_dies_while_starting_is_an_error_with_its_last_words(cluster: Cluster) -> None:
    cluster.stop()
    control = cluster.places.data / "global" / "pg_control"
    control.rename(control.with_name("gone"))
    with pytest.raises(ClusterError, match="did not start"):
        cluster.start()
    control.with_name("gone").rename(control)
    assert cluster.start() == "started"


def test_server_is_started_while_no_folder_takes_a_temporary_file(
    stopped: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: the server's error output must still be readable."""

    def full() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(cluster_module.tempfile, "TemporaryFile", full)
    if not hasattr(os, "memfd_create"):
        pytest.skip("files in memory are Linux's")
    assert stopped.start() == "started"
