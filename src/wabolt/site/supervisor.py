"""Keeps a handful of processes running, and ends all of them together. No Django in here."""

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from wabolt.site.words import _

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a process that ended is started again
STEADY_AFTER = 60.0  # seconds of running that make an earlier end forgotten
END_WITHIN = 15.0  # seconds that processes get to finish before they are killed
LOOK_EVERY = 1.0  # seconds between two looks where no signal wakes us
LOG_LIMIT = 10_000_000  # bytes of a log before it is put aside as .1


@dataclass
class Child:
    """A process to keep running: its ``command`` and the file that takes all it prints."""

    name: str
    command: Sequence[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    pause: float = FIRST_PAUSE
    since: float = 0.0  # when it was started, monotonic seconds
    due: float = 0.0  # when it may be started (again)


@dataclass
class Supervisor:
    """Runs ``children`` until a signal or ``stop``; ``say`` hears what the owner should know.

    ``ready`` is asked again and again after the start until it answers True once, then ``when_ready`` is called.
    """

    children: Sequence[Child]
    say: Callable[[str], None]
    ready: Callable[[], bool] = lambda: True
    when_ready: Callable[[], None] = lambda: None
    _ending: bool = False
    _impatient: bool = False
    _wake: tuple[int, int] = field(default=(-1, -1))

    def run(self) -> None:
        """Start everything and keep it running; returns when a signal has come and all processes have ended."""
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        before = {number: signal.signal(number, self._on_signal) for number in ENDING}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_ignored: None)
        wakeup = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        told = False
        try:
            while not self._ending:
                self._start_due()
                if not told and self.ready():
                    told = True
                    self.when_ready()
                self._sleep(LOOK_EVERY if told else 0.1)
                self._notice_ends()
                self._rotate_logs()
        finally:
            self._end_all()
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in self._wake:
                os.close(end)

    def stop(self) -> None:
        """End ``run`` as a signal would."""
        self._ending = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._impatient = self._ending  # a second signal: do not wait
        self._ending = True

    def _sleep(self, seconds: float) -> None:
        readable, _writable, _failed = select.select([self._wake[0]], [], [], seconds)
        if readable:
            os.read(self._wake[0], 4096)

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.due <= now:
                child.since = now
                with child.log.open("ab") as log:
                    # an own group: Ctrl-C in the terminal reaches us alone, and we end the others in order
                    child.process = subprocess.Popen(  # noqa: S603 -- our own programs
                        list(child.command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
                    )

    def _notice_ends(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if now - child.since >= STEADY_AFTER:
                child.pause = FIRST_PAUSE
            self.say(
                _("{name} ended (code {code}) and starts again in {seconds:.1f} s. Its words are in {log}").format(
                    name=child.name, code=child.process.returncode, seconds=child.pause, log=child.log
                )
            )
            child.process, child.due = None, now + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _rotate_logs(self) -> None:
        for child in self.children:
            if child.log.exists() and child.log.stat().st_size > LOG_LIMIT:
                shutil.copyfile(child.log, child.log.with_suffix(".log.1"))
                os.truncate(child.log, 0)  # the child appends, so it goes on from the start

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + END_WITHIN
        while any(process.poll() is None for process in running):
            if self._impatient or time.monotonic() > deadline:
                for process in running:
                    _kill_group(process)
            self._sleep(0.1)
        for child in self.children:
            child.process = None


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
