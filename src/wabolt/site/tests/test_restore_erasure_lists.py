"""A person whose data was erased stays erased when an older backup is restored on another machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.shared import copied_cluster

from wabolt.backups import recovery_key
from wabolt.site.backup import make_backup
from wabolt.site.postgres import Cluster
from wabolt.site.tests.shops import Shop
from wabolt.site.tests.test_backup_runs import quick_run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

PEOPLE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.services import create_contact
for name, phone in (("Wulandari Unik", "+62812345678{0}0"), ("Tanpa Nomor", None), ("Tetap", "+62812345678{0}1")):
    create_contact(workspace=Workspace.objects.get(), name=name + " {0}", phone=phone)
"""
ERASE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
ids = list(Contact.objects.filter(name__in=["Wulandari Unik {0}", "Tanpa Nomor {0}"]).values_list("pk", flat=True))
assert erase_contacts(workspace=Workspace.objects.get(), ids=ids) == 2
"""
WORK = "from wabolt.lib import jobs; jobs.run_worker(wait=False)"
NAMES = "SELECT name FROM contacts_contact WHERE name LIKE '% {0}' ORDER BY name"
LOG = "SELECT kind, digest FROM contacts_erasedidentity ORDER BY id"


@contextmanager
def new_machine(home: Path, shop: Shop) -> Iterator[Shop]:
    """The shop that a restore built in `home`."""
    cluster = Cluster(home / "postgres")
    cluster.start()
    try:
        yield Shop(home, cluster.url(), shop.file, shop.key)
    finally:
        cluster.remove()


def list_of(shop: Shop) -> Path:
    """The list of erased people in the folder with backups."""
    return shop.home / "backups" / f"wabolt-{shop.ask('SELECT mark FROM backups_backupsettings')[0][0]}.erasures"


def restore(home: Path, shop: Shop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs `wabolt restore` with the key of `shop` on a machine without a shop; answers no to its question."""
    (home.parent / "kunci").write_text(recovery_key.shown(str(shop.key)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WABOLT_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "wabolt", "restore", *arguments, "--key-file", "kunci"], cwd=home.parent,
        env={**environment, "WABOLT_HOME": str(home), "WABOLT_LANGUAGE": "en"}, input="n\n", capture_output=True,
        text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def other_home(made_cluster: Path, open_folder: Path) -> Iterator[Path]:
    """The home folder of another machine, with an empty database."""
    cluster = copied_cluster(made_cluster, open_folder / "wabolt" / "postgres")
    yield open_folder / "wabolt"
    cluster.remove()


def test_list_next_to_the_backups_erases_again_on_another_machine(shop: Shop, other_home: Path) -> None:
    """The machine is lost between an erasure and the next backup. A changed list is in the folder too."""
    shop.run(PEOPLE.format(1))
    quick_run(shop)
    shop.run(ERASE.format(1))
    shop.run(WORK)
    kept = list_of(shop)
    assert kept.stat().st_mode & 0o077 == 0
    for secret in ("8123456781", "Wulandari", str(shop.ask(LOG)[0][1])):
        assert secret.encode() not in kept.read_bytes()
    (kept.parent / "wabolt-ffffff.erasures").write_bytes(kept.read_bytes().swapcase())
    done = restore(other_home, shop, "--from", str(kept.parent), "--yes")
    assert done.returncode == 0, done.stderr
    assert "The newest list of erased people is of" in done.stderr
    with new_machine(other_home, shop) as rebuilt:
        assert rebuilt.ask(NAMES.format(1)) == [("Tetap 1",)]
        assert rebuilt.ask(LOG) == shop.ask(LOG) != []
        assert rebuilt.ask("SELECT count(*) FROM contacts_identity WHERE value = '+6281234567810'") == [(0,)]


def test_restore_says_what_it_knows_of_erasures_before_it_begins(shop: Shop, other_home: Path, tmp_path: Path) -> None:
    make_backup(tmp_path / "shop.wabolt")
    without = restore(other_home, shop, str(tmp_path / "shop.wabolt"))
    assert without.returncode == 1
    assert "No list of erased people" in without.stderr
    assert "--erasures" in without.stderr
    shop.run("from wabolt.contacts.services import write_erasure_list; write_erasure_list()")
    named = restore(other_home, shop, str(tmp_path / "shop.wabolt"), "--erasures", str(list_of(shop)))
    assert "The newest list of erased people is of" in named.stderr


def test_place_that_is_away_gets_the_list_later(shop: Shop, open_folder: Path) -> None:
    usb = open_folder / "usb"
    usb.mkdir()
    shop.ask(f"UPDATE backups_backupsettings SET folder = '{usb}', use_folder = true, use_s3 = false")
    shop.run(PEOPLE.format(3))
    shop.run(ERASE.format(3))
    shop.run(WORK)
    assert not list(usb.iterdir()), "no marker: the path is the mount point of a disk that is unplugged"
    (usb / ".wabolt-backups").touch()
    shop.ask("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE task_name = 'contacts.retry_erasure_list'")
    shop.run(WORK)  # the retry
    shop.run(WORK)  # the job that it has queued
    shop.ask("UPDATE backups_backupsettings SET folder = ''")
    assert len(list(usb.glob("*.erasures"))) == 1
