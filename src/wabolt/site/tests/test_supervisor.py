"""Supervised processes are restarted, and end together however the supervisor ends."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from wabolt.site import supervisor as supervisor_module
from wabolt.site.supervisor import Child, Supervisor

HOUSE = """
import os, sys, time
from functools import partial
from pathlib import Path
from wabolt.site.supervisor import Child, Supervisor

def stay(path):
    path.write_text(str(os.getpid()))
    time.sleep(600)

folder = Path(sys.argv[1])
children = [Child(name, partial(stay, folder / name), folder / (name + ".log")) for name in ("one", "two")]
Supervisor(children, print).run()
print("over", flush=True)
"""

LEADER = "import signal, subprocess, sys; signal.signal(signal.SIGHUP, lambda *_: None); subprocess.run(sys.argv[1:])"


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A supervisor with two children, in a process of its own; each child writes its pid into a file."""
    with subprocess.Popen([sys.executable, "-c", HOUSE, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def pid_in(path: Path) -> int:
    """Returns the process id that the file contains. A child that is started again writes it again."""
    found: list[int] = []

    def is_written() -> bool:
        with suppress(FileNotFoundError, ValueError):
            found.append(int(path.read_text()))
        return bool(found)

    wait_for(is_written)
    return found[-1]


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 60 s"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_all_children_in_order(supervised: "subprocess.Popen[str]", tmp_path: Path, number: int) -> None:
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    supervised.send_signal(number)
    assert supervised.communicate(timeout=60)[0].strip().endswith("over")
    assert supervised.returncode == 0
    assert not any(runs(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(("before", "ends"), [([], True), (["nohup"], False)])
def test_closed_terminal_ends_everything_unless_nohup(tmp_path: Path, before: list[str], *, ends: bool) -> None:
    """Like ``make``, the first process of the terminal receives the signal and does not pass it on."""
    leader, terminal = pty.fork()
    if leader == 0:
        os.chdir(tmp_path)
        command = [*before, sys.executable, "-c", HOUSE, str(tmp_path)]
        os.execv(sys.executable, [sys.executable, "-c", LEADER, *command])
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    supervised = int(Path(f"/proc/{pids[0]}/stat").read_text().rsplit(")", 1)[1].split()[1])
    try:
        time.sleep(0.2)  # a check while the terminal still exists
        os.close(terminal)
        if ends:
            wait_for(lambda: not any(runs(pid) for pid in [supervised, *pids]))
        else:
            time.sleep(2 * supervisor_module.LOOK_EVERY)
            assert all(runs(pid) for pid in [supervised, *pids])
    finally:
        if runs(supervised):
            os.kill(supervised, signal.SIGTERM)
        os.waitpid(leader, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kill_of_the_supervisor_leaves_no_orphan(supervised: "subprocess.Popen[str]", tmp_path: Path) -> None:
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    supervised.kill()
    wait_for(lambda: not any(runs(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_child_that_was_killed_is_started_again(supervised: "subprocess.Popen[str]", tmp_path: Path) -> None:
    first = pid_in(tmp_path / "one")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: pid_in(tmp_path / "one") != first)
    assert runs(pid_in(tmp_path / "one"))


def test_failing_child_restarts_with_growing_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor_module, "_", lambda _text: "{code} {seconds}")
    output: list[str] = []

    def end() -> None:
        os.write(1, b"bye\n")
        raise SystemExit(3)

    child = Child("short", end, tmp_path / "short.log", pause=0.01)
    supervised = Supervisor([child], output.append)

    def enough() -> bool:
        if len(output) >= 3:
            supervised.stop()
        return False

    supervised.ready = enough
    supervised.run()
    assert output == ["3 0.01", "3 0.02", "3 0.04"]
    assert child.pause == pytest.approx(0.08)
    assert (tmp_path / "short.log").read_text().startswith("bye\n" * 3)


@pytest.mark.parametrize(
    ("ran", "code", "paused"),
    [
        (0.1, 1, 2.0),  # the upper bound of this child
        (supervisor_module.STEADY_AFTER, 1, supervisor_module.FIRST_PAUSE),
        (supervisor_module.STEADY_AFTER, -9, supervisor_module.FIRST_PAUSE),
        (1.0, 0, 0.0),
        (0.1, 0, supervisor_module.FIRST_PAUSE),
    ],
)
def test_backoff_is_bounded_and_reset_by_a_steady_run_or_a_clean_end(ran: float, code: int, paused: float) -> None:
    child = Child("any", lambda: None, Path("any.log"), longest_pause=2.0)
    for _failure in range(9):
        child.since = time.monotonic()
        child.pause_after(1)
    child.since = time.monotonic() - ran
    assert child.pause_after(code) == paused


def test_failed_child_leaves_a_traceback_in_its_log(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no such thing")

    output: list[str] = []
    supervised = Supervisor([Child("broken", fail, tmp_path / "broken.log")], output.append)
    supervised.ready = lambda: bool(output)
    supervised.when_ready = supervised.stop
    supervised.run()
    assert "(code 1)" in output[0]
    log = (tmp_path / "broken.log").read_text()
    assert "broken ended with an error\n" in log
    assert re.search(r"test_supervisor\.py:\d+ fail\nbuiltins\.ValueError$", log, re.MULTILINE)
    assert "no such thing" not in log, "messages of exceptions may quote personal data"


def test_ready_is_reported_once_and_an_unresponsive_child_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "END_WITHIN", 0.2)

    def refuse() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.write("up\n")
        time.sleep(600)

    child = Child("stubborn", refuse, tmp_path / "stubborn.log")
    reported: list[str] = []

    def has_started() -> bool:
        return child.log.exists() and child.log.read_text() == "up\n"

    supervised = Supervisor([child], reported.append, ready=has_started)

    def when_ready() -> None:
        reported.append("ready")
        supervised.stop()

    supervised.when_ready = when_ready
    supervised.run()
    assert reported == ["ready"]


def test_large_log_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "LOG_LIMIT", 10)

    def chat() -> None:
        sys.stdout.write("x" * 50 + "\n")
        time.sleep(600)

    log = tmp_path / "chatty.log"
    supervised = Supervisor([Child("chatty", chat, log)], lambda _text: None)
    supervised.ready = lambda: log.with_suffix(".log.1").exists()
    supervised.when_ready = supervised.stop
    supervised.run()
    assert log.with_suffix(".log.1").read_text() == "x" * 50 + "\n"
    assert log.read_text() == ""


def test_log_on_a_full_disk_is_truncated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "LOG_LIMIT", 10)

    def full(_source: Path, target: Path) -> None:
        target.write_text("x")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    log = tmp_path / "chatty.log"
    log.write_text("x" * 50)
    Supervisor([Child("chatty", lambda: None, log)], lambda _text: None)._rotate_logs()
    assert log.read_text() == ""
    assert not log.with_suffix(".log.1").exists()
