"""One `wabolt up` per home folder: who may wait, who is refused, and what ends orphans."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from wabolt.site.only_one import is_running, only_one

HOLD = """
import os, signal, sys
from pathlib import Path
from wabolt.site.only_one import only_one
with only_one(Path(sys.argv[1])):
    if os.fork():
        os.write(1, b"locked")
        signal.pause()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # an orphan that hangs
    signal.pause()
"""


@pytest.fixture
def up(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that holds the lock, and its child that ignores the end of its parent."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout
    assert process.stdout.read(6) == b"locked"
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_second_installation_is_refused_with_the_address_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, up: "subprocess.Popen[bytes]"
) -> None:
    monkeypatch.setattr("wabolt.site.only_one.LAST_MOMENTS", 0.0)
    monkeypatch.setattr("wabolt.site.only_one.ORPHANS_END", 0.0)
    (tmp_path / "link").write_text("http://127.0.0.1:8000")
    for _ in range(2):  # the attempt changes nothing
        with pytest.raises(click.ClickException, match=re.escape("http://127.0.0.1:8000")), only_one(tmp_path):
            pass
    assert up.poll() is None
    assert is_running(tmp_path)


def test_an_orphan_that_hangs_prevents_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, up: "subprocess.Popen[bytes]"
) -> None:
    monkeypatch.setattr("wabolt.site.only_one.ORPHANS_END", 0.2)
    up.kill()
    up.wait()
    assert not is_running(tmp_path)  # although the orphan has the lock
    with (tmp_path / "up.lock").open() as file, subprocess.Popen(["sleep", "60"], stdin=file) as bystander:
        with only_one(tmp_path):
            assert (tmp_path / "up.lock").read_text() == str(os.getpid())
        assert bystander.poll() is None  # it had the file open, but not the lock
        bystander.kill()


def test_a_killed_up_that_is_not_reaped_is_no_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, up: "subprocess.Popen[bytes]"
) -> None:
    monkeypatch.setattr("wabolt.site.only_one.ORPHANS_END", 0.0)
    up.kill()  # a zombie until the fixture ends
    with only_one(tmp_path):
        pass


def test_up_that_replaced_itself_waits_for_its_own_orphans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, up: "subprocess.Popen[bytes]"
) -> None:
    """After a change of the domain name, the new `up` has the process id of the old one."""
    monkeypatch.setattr("wabolt.site.only_one.ORPHANS_END", 0.2)
    up.kill()
    up.wait()
    (tmp_path / "up.lock").write_text(str(os.getpid()))
    with only_one(tmp_path):
        pass


def test_a_holder_that_cannot_be_killed_is_named_as_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a process of another container: the test holds the lock itself, and spares itself."""
    monkeypatch.setattr("wabolt.site.only_one.LAST_MOMENTS", 0.2)
    monkeypatch.setattr("wabolt.site.only_one.ORPHANS_END", 0.0)
    with only_one(tmp_path), pytest.raises(click.ClickException), only_one(tmp_path):
        pass
