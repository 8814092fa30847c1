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
def house(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A supervisor with two children, in a process of its own; each child writes its pid into a file."""
    with subprocess.Popen([sys.executable, "-c", HOUSE, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def pid_in(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_all_children_in_order(house: "subprocess.Popen[str]", tmp_path: Path, number: int) -> None:
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    house.send_signal(number)
    assert house.communicate(timeout=10)[0].strip().endswith("over")
    assert house.returncode == 0
    assert not any(runs(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(("before", "ends"), [([], True), (["nohup"], False)])
def test_terminal_that_is_closed_ends_everything_unless_nohup_was_asked_for(
    tmp_path: Path, before: list[str], *, ends: bool
) -> None:
    """As under ``make``, which receives the signal and does not pass it on."""
    leader, terminal = pty.fork()
    if leader == 0:
        os.chdir(tmp_path)
        command = [*before, sys.executable, "-c", HOUSE, str(tmp_path)]
        os.execv(sys.executable, [sys.executable, "-c", LEADER, *command])
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    house = int(Path(f"/proc/{pids[0]}/stat").read_text().rsplit(")", 1)[1].split()[1])
    try:
        time.sleep(0.2)  # a check while the terminal still exists
        os.close(terminal)
        if ends:
            wait_for(lambda: not any(runs(pid) for pid in [house, *pids]))
        else:
            time.sleep(2 * supervisor_module.LOOK_EVERY)
            assert all(runs(pid) for pid in [house, *pids])
    finally:
        if runs(house):
            os.kill(house, signal.SIGTERM)
        os.waitpid(leader, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kill_of_the_supervisor_leaves_no_orphan(house: "subprocess.Popen[str]", tmp_path: Path) -> None:
    pids = [pid_in(tmp_path / "one"), pid_in(tmp_path / "two")]
    house.kill()
    wait_for(lambda: not any(runs(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_child_that_was_killed_is_started_again(house: "subprocess.Popen[str]", tmp_path: Path) -> None:
    first = pid_in(tmp_path / "one")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: pid_in(tmp_path / "one") != first)
    assert runs(pid_in(tmp_path / "one"))


def test_child_that_keeps_failing_is_started_again_ever_slower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor_module, "_", lambda _text: "{code} {seconds}")
    said: list[str] = []

    def end() -> None:
        os.write(1, b"bye\n")
        raise SystemExit(3)

    child = Child("short", end, tmp_path / "short.log", pause=0.01)
    house = Supervisor([child], said.append)

    def enough() -> bool:
        if len(said) >= 3:
            house.stop()
        return False

    house.ready = enough
    house.run()
    assert said == ["3 0.01", "3 0.02", "3 0.04"]
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


def test_child_that_fails_leaves_its_trace_in_its_log(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no such thing")

    said: list[str] = []
    house = Supervisor([Child("broken", fail, tmp_path / "broken.log")], said.append)
    house.ready = lambda: bool(said)
    house.when_ready = house.stop
    house.run()
    assert "(code 1)" in said[0]
    log = (tmp_path / "broken.log").read_text()
    assert "broken ended with an error\n" in log
    assert re.search(r"test_supervisor\.py:\d+ fail\nbuiltins\.ValueError$", log, re.MULTILINE)
    assert "no such thing" not in log, "messages of exceptions may quote personal data"


def test_ready_is_told_once_and_a_stubborn_child_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "END_WITHIN", 0.2)

    def refuse() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.write("up\n")
        time.sleep(600)

    child = Child("stubborn", refuse, tmp_path / "stubborn.log")
    told: list[str] = []
    house = Supervisor([child], told.append, ready=lambda: child.log.exists() and child.log.read_text() == "up\n")

    def when_ready() -> None:
        told.append("ready")
        house.stop()

    house.when_ready = when_ready
    house.run()
    assert told == ["ready"]


def test_log_that_grows_too_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "LOG_LIMIT", 10)

    def chat() -> None:
        sys.stdout.write("x" * 50 + "\n")
        time.sleep(600)

    log = tmp_path / "chatty.log"
    house = Supervisor([Child("chatty", chat, log)], lambda _text: None)
    house.ready = lambda: log.with_suffix(".log.1").exists()
    house.when_ready = house.stop
    house.run()
    assert log.with_suffix(".log.1").read_text() == "x" * 50 + "\n"
    assert log.read_text() == ""


def test_log_on_a_full_disk_keeps_its_last_words_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
