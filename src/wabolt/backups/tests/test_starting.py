"""The worker starts a backup when one is due, in a process of its own."""

import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.backups import services
from wabolt.backups.models import BackupRun, BackupSettings
from wabolt.backups.tests.factories import make_run
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def marks(settings, tmp_path: Path) -> Path:
    """The file to which each started process adds a line."""
    path = tmp_path / "marks"
    path.touch()
    settings.BACKUP_COMMAND = [sys.executable, "-c", f"open({str(path)!r}, 'a').write('x')"]
    return path


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def wait() -> None:
    for thread in threading.enumerate():
        if thread.name == "backup":
            thread.join(30)


def test_nothing_is_due_before_there_is_a_shop(marks: Path) -> None:
    assert not services.start_if_due()


def test_nightly_backup_starts_by_itself_once(workspace: Workspace, marks: Path) -> None:
    assert not services.start_if_due()
    with clock.hold(clock.now() + timedelta(days=1, minutes=1)):
        assert services.start_if_due()
        wait()
        make_run()
        assert not services.start_if_due()
    assert marks.read_text() == "x"


def test_request_starts_one_at_once(workspace: Workspace, marks: Path) -> None:
    owner = make_member(workspace)
    services.request_backup(by=owner)
    assert services.start_if_due()
    wait()
    assert marks.read_text() == "x"
    make_run(clock.now() + timedelta(seconds=1))
    assert not services.start_if_due()


def test_lease_of_another_machine_is_respected_while_it_is_renewed(workspace: Workspace, marks: Path) -> None:
    services.request_backup(by=make_member(workspace))
    BackupSettings.objects.update(holder="mesin-lain", token=5, beat=1)
    assert not services.start_if_due()
    BackupSettings.objects.update(beat=2)
    assert not services.start_if_due()
    assert services.start_if_due()  # it has not renewed since; the new process waits for the lease
    wait()


def test_failed_backup_is_repeated_after_a_pause(workspace: Workspace, marks: Path) -> None:
    services.ensure_settings()
    with clock.hold(clock.now() + timedelta(days=1, minutes=1)):
        run = make_run(state="failed", reason="disk_full")
        assert not services.start_if_due()
        BackupRun.objects.filter(pk=run.pk).update(ended_at=clock.now() - timedelta(minutes=11))
        started = services.start_if_due()
        wait()
    assert started
