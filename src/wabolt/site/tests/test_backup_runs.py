"""The process that makes the daily backup, on an installation of its own: good runs, faults and kills."""

import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.forking import Process

from wabolt.backups.places.folder import MARKER
from wabolt.backups.rules import file_name, moment_of
from wabolt.backups.tests.servers import Faults, Storage, failing_proxy, running_storage
from wabolt.site.backup import server, verify_backup
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

RUN = "import sys; from wabolt.site.backup import scheduled; sys.exit(scheduled.main())"
LIMIT = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""
UNTESTED = ("untested", True, "no_right_to_test")
FULL = """
import collections, os, shutil
real = shutil.disk_usage
usage = collections.namedtuple("usage", "total used free")
def disk_usage(path):
    found = real(path)
    return usage(found.total, found.used, min(found.free, int(os.environ.get("FREE", found.free))))
shutil.disk_usage = disk_usage
"""
SEAL = "import sys; from wabolt.lib.vault import seal; open(sys.argv[1], 'w').write(seal(sys.argv[2]))"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """The installation with default settings, no runs and an empty folder."""
    shop.ask("DELETE FROM backups_backupcopy; DELETE FROM backups_backuprun; DELETE FROM alerts_alert")
    setting(shop, use_folder="true", folder="''", use_s3="false", holder="''", mark="'0a1b2c'")
    for path in folder(shop).glob("*"):
        path.unlink()
    return shop


@pytest.fixture(scope="module")
def running(installation: Shop) -> Iterator[Storage]:
    with running_storage() as storage:
        use_storage(installation, storage.endpoint)
        yield storage


@pytest.fixture
def storage(running: Storage, shop: Shop, socket_enabled: None) -> Storage:
    setting(shop, use_s3="true", s3_endpoint=f"'{running.endpoint}'")
    return running


def folder(shop: Shop) -> Path:
    return shop.home / "backups"


def setting(shop: Shop, **values: str) -> None:
    """Sets columns of the settings to SQL expressions."""
    shop.ask("UPDATE backups_backupsettings SET " + ", ".join(f"{name} = {value}" for name, value in values.items()))


def use_storage(shop: Shop, endpoint: str, secret: str = "rahasia") -> None:
    sealed = shop.home / "sealed"
    assert shop.processes.run(SEAL, str(sealed), secret) == 0
    setting(
        shop, use_s3="true", s3_endpoint=f"'{endpoint}'", s3_bucket="'cadangan'", s3_prefix="'toko'",
        s3_key_id="'kunci'", sealed_s3_secret=f"'{sealed.read_text()}'",
    )  # fmt: skip


def run(shop: Shop) -> tuple[object, ...]:
    """Makes a backup; returns (state, is_complete, reason) of the run."""
    shop.processes.run(RUN)
    return last(shop)


def external(shop: Shop) -> dict[str, str]:
    return {"DATABASE_URL": f"{shop.url}&application_name=external"}


def quick_run(shop: Shop) -> tuple[object, ...]:
    """The same with an external server whose role may not create a database: the backup is read and stays untested."""
    shop.processes.run(RUN, environment=external(shop))
    return last(shop)


def last(shop: Shop) -> tuple[object, ...]:
    return shop.ask("SELECT state, is_complete, reason FROM backups_backuprun ORDER BY id DESC LIMIT 1")[0]


def copies(shop: Shop) -> set[tuple[object, ...]]:
    return set(shop.ask("SELECT place, is_good, reason FROM backups_backupcopy"))


def backups(shop: Shop) -> list[Path]:
    return sorted(path for path in folder(shop).glob("wabolt-*"))


def started(shop: Shop, until: str) -> Process:
    """Starts a run that cannot finish reading (a table is locked), and waits until its file or query exists."""
    process = shop.processes.start(RUN, environment=external(shop))
    for _attempt in range(400):
        if shop.ask(until) == [(True,)]:
            return process
        time.sleep(0.05)
    raise AssertionError("the backup did not get that far")


@contextlib.contextmanager
def locked(shop: Shop) -> Iterator[None]:
    """Holds a lock that stops a backup while it reads."""
    with psycopg.connect(shop.url) as connection:
        connection.execute("LOCK TABLE contacts_contact IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


READS = """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY%')"""


def test_backup_is_untested_without_room_for_a_second_database_and_the_next_one_is_checked_and_kept(shop: Shop) -> None:
    """510 MB are enough to write and to read the file, and too little for twice the database and the reserve. An
    untested backup does not replace a tested one."""
    shop.processes.run(FULL + RUN, environment={"FREE": "510000000"})
    assert last(shop) == ("untested", True, "no_room_to_test")
    ((detail,),) = shop.ask("SELECT detail FROM backups_backuprun")
    assert re.fullmatch(r"0\.\d GB", str(detail))
    (path,) = backups(shop)
    verify_backup(path, shop.key)
    assert shop.ask("SELECT kind FROM alerts_alert") == [("backup.failed",)]

    time.sleep(1.1)  # the name has whole seconds
    assert run(shop) == ("good", True, "")
    assert shop.ask("SELECT resolved_at IS NULL FROM alerts_alert") == [(False,)]
    (good,) = backups(shop)
    assert good != path
    assert moment_of(good.name, "0a1b2c")
    assert verify_backup(good, shop.key).rows("contacts_contact") == 3
    assert shop.ask(
        "SELECT size, contacts, same_disk, c.where FROM backups_backuprun JOIN backups_backupcopy c ON run_id ="
        " backups_backuprun.id WHERE state = 'good'"
    ) == [(good.stat().st_size, 3, True, str(good))]
    assert not [name for name in shop.databases() if "check" in name]
    assert shop.ask("SELECT holder FROM backups_backupsettings") == [("",)]

    for _time in range(2):
        time.sleep(1.1)
        assert quick_run(shop) == UNTESTED
    there = backups(shop)
    assert good in there
    assert len(there) == 2
    time.sleep(1.1)
    assert run(shop) == ("good", True, "")
    assert good not in backups(shop)
    assert len(backups(shop)) == 1


def test_untested_file_of_a_role_without_rights_is_whole_and_the_rule_deletes_only_what_it_no_longer_keeps(
    shop: Shop,
) -> None:
    assert quick_run(shop) == UNTESTED
    (real,) = backups(shop)
    verify_backup(real, shop.key)
    now = datetime.now(UTC)
    for days in range(1, 500):
        (folder(shop) / file_name("0a1b2c", now - timedelta(days=days))).write_bytes(b"")
    other = folder(shop) / file_name("ffffff", now - timedelta(days=400))
    later = folder(shop) / file_name("0a1b2c", now + timedelta(days=400))
    note = folder(shop) / "catatan.txt"
    for path in (other, later, note):
        path.write_bytes(b"")
    assert quick_run(shop) == UNTESTED
    there = set(backups(shop))
    assert {real, other, later} - there <= {real}  # a second one of the same day replaces the first
    assert {other, later} <= there
    assert note.exists()
    assert len(there) <= 23 + 2


def test_killed_run_leaves_nothing_and_the_next_one_takes_over(shop: Shop) -> None:
    assert quick_run(shop) == UNTESTED
    before = backups(shop)
    with locked(shop):
        process = started(shop, READS)
        assert [path.suffix for path in backups(shop)].count(".part") == 1
        process.kill()
    assert last(shop)[0] == "running"
    assert quick_run(shop) == UNTESTED
    assert not [path for path in folder(shop).iterdir() if path.suffix == ".part"]
    assert set(backups(shop)) & set(before) or len(backups(shop)) == 1
    states = shop.ask("SELECT state, reason FROM backups_backuprun ORDER BY id")
    assert states == [("untested", "no_right_to_test"), ("failed", "interrupted"), ("untested", "no_right_to_test")]


def test_stopped_run_cleans_up_at_once(shop: Shop) -> None:
    with locked(shop):
        process = started(shop, READS)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    assert last(shop) == ("failed", False, "interrupted")
    assert backups(shop) == []


def test_two_concurrent_runs_make_one_backup(shop: Shop) -> None:
    with locked(shop):
        first = started(shop, READS)
        assert shop.processes.run(RUN) == 0
    first.wait()
    assert shop.ask("SELECT state FROM backups_backuprun") == [("untested",)]


def test_full_disk_loses_no_data(shop: Shop, tmp_path: Path) -> None:
    assert quick_run(shop) == UNTESTED
    before = backups(shop)
    small = tmp_path / "usb"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", small], check=False).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        (small / MARKER).write_bytes(b"")
        setting(shop, folder=f"'{small}'")
        assert quick_run(shop) == ("failed", False, "disk_full")
        # Without an earlier backup there is no estimate, and the disk fills up while the file is written.
        shop.ask("DELETE FROM backups_backupcopy; DELETE FROM backups_backuprun WHERE state = 'untested'")
        assert quick_run(shop) == ("failed", False, "disk_full")
        assert [path.name for path in small.iterdir()] == [MARKER]
    finally:
        subprocess.run(["umount", small], check=True)
    assert backups(shop) == before


def test_file_size_limit_has_a_one_sentence_error(shop: Shop) -> None:
    shop.processes.run(LIMIT + RUN)
    assert last(shop) == ("failed", False, "file_too_big")
    assert backups(shop) == []


def test_unplugged_disk(shop: Shop, tmp_path: Path) -> None:
    setting(shop, folder=f"'{tmp_path / 'usb'}'")
    assert quick_run(shop) == ("failed", False, "folder_gone")
    (tmp_path / "usb").mkdir()  # the mount point alone
    assert quick_run(shop) == ("failed", False, "folder_gone")
    assert list((tmp_path / "usb").iterdir()) == []


def test_storage_gets_a_copy_too(shop: Shop, storage: Storage) -> None:
    assert quick_run(shop) == UNTESTED
    assert copies(shop) == {("folder", True, ""), ("s3", True, "")}
    (path,) = backups(shop)
    from wabolt.backups.places import S3

    place = S3(storage.config)
    assert path.name in place.names()
    with place.open(path.name) as content:
        assert content.read() == path.read_bytes()


def test_copy_that_differs_when_read_back_is_deleted(shop: Shop, storage: Storage) -> None:
    """A storage that loses a byte: the copy is deleted, and the one in the folder is good."""
    with failing_proxy(storage, Faults(change=True)) as address:
        setting(shop, s3_endpoint=f"'{address}'")
        assert quick_run(shop) == ("untested", False, "copy_differs")
    assert copies(shop) == {("folder", True, ""), ("s3", False, "copy_differs")}
    from wabolt.backups.places import S3

    (path,) = backups(shop)
    assert path.name not in S3(storage.config).names()


def test_storage_alone_leaves_nothing_on_the_disk(shop: Shop, storage: Storage) -> None:
    setting(shop, use_folder="false")
    assert quick_run(shop) == UNTESTED
    assert copies(shop) == {("s3", True, "")}
    assert backups(shop) == []


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(cut_after=0), "s3_unreachable"),
        (Faults(refuse=(403, "SignatureDoesNotMatch")), "s3_denied"),
        (Faults(refuse=(507, "XMinioStorageFull")), "s3_full"),
    ],
    ids=["lost network", "wrong secret", "bucket full"],
)
def test_failing_storage_keeps_the_copy_in_the_folder(
    shop: Shop, storage: Storage, faults: Faults, reason: str
) -> None:
    with failing_proxy(storage, faults) as address:
        setting(shop, s3_endpoint=f"'{address}'")
        assert quick_run(shop) == ("untested", False, reason)
    assert copies(shop) == {("folder", True, ""), ("s3", False, reason)}
    assert len(backups(shop)) == 1


def test_missing_folder_keeps_the_copy_in_the_storage(shop: Shop, storage: Storage, tmp_path: Path) -> None:
    setting(shop, folder=f"'{tmp_path / 'usb'}'")
    assert quick_run(shop) == ("untested", False, "folder_gone")
    assert copies(shop) == {("folder", False, "folder_gone"), ("s3", True, "")}
    assert backups(shop) == []


def test_backup_that_fails_its_check_is_deleted(shop: Shop) -> None:
    """A row that violates its foreign key: the database holds it, and no restore would take it."""
    with psycopg.connect(server.with_database(admin(shop), "wabolt"), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO contacts_tag (id, name, created_at, workspace_id) VALUES (9, 'x', now(), 777)")
    try:
        assert run(shop) == ("failed", False, "check_failed")
        assert backups(shop) == []
        assert not [name for name in shop.databases() if "check" in name]
    finally:
        shop.ask("DELETE FROM contacts_tag WHERE id = 9")


def test_database_that_does_not_answer_is_no_traceback(shop: Shop) -> None:
    with locked(shop):
        process = started(shop, READS)
        shop.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND pid <>"
                 " pg_backend_pid()")  # fmt: skip
        process.wait(timeout=60)
    assert last(shop)[2] == "database"
    assert backups(shop) == []


def admin(shop: Shop) -> str:
    from wabolt.site import home

    return home.admin_url()
