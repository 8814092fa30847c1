"""Keeps several processes running, and ends them together.

The processes are forks of this one and share the code that was loaded before the fork.
"""

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from wabolt.lib.log_lines import failure_line
from wabolt.site.parent import end_with_parent
from wabolt.site.terminal import Terminal
from wabolt.site.words import _

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds until a failed process is started again
STEADY_AFTER = 10.0  # seconds of running after which earlier failures no longer count
END_WITHIN = 15.0  # seconds for processes to finish before they are killed
LOOK_EVERY = 1.0  # seconds between checks when no signal arrives
LOG_LIMIT = 10_000_000  # bytes of a log before it is rotated to .1


@dataclass
class Child:
    """A supervised process: its function (``run``) and the file for its output.

    ``longest_pause``: the upper bound of the backoff in seconds.
    """

    name: str
    run: Callable[[], None]
    log: Path
    pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    pid: int | None = None
    since: float = 0.0  # start time, monotonic seconds
    due: float = 0.0  # earliest time of the next start

    def start(self) -> None:
        """Forks the process. It ends with its parent."""
        self.since = time.monotonic()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _be_child(self, parent)

    def ended(self) -> int | None:
        """Returns the exit code (negative: the signal) of an ended process, else None."""
        if self.pid is None:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def pause_after(self, code: int) -> float:
        """Returns the seconds until the next start after an end with exit code ``code``.

        A failure doubles the pause, up to ``longest_pause``. A steady run resets it. A clean end (code 0) counts as no
        failure: the next start follows at once, or after FIRST_PAUSE if the process ran for less than that.
        """
        ran = time.monotonic() - self.since
        if code == 0 or ran >= STEADY_AFTER:
            self.pause = FIRST_PAUSE
        if code == 0:
            return 0.0 if ran >= FIRST_PAUSE else FIRST_PAUSE
        pause = self.pause
        self.pause = min(pause * 2, self.longest_pause)
        return pause


@dataclass
class Supervisor:
    """Runs ``children`` until a signal arrives or ``stop`` is called; ``say`` prints messages for the owner.

    After the start, ``ready`` is polled until it returns True; then ``when_ready`` is called once. ``outdated`` is
    polled after that: when it returns True, the processes end, and ``run`` returns True so that the caller starts them
    again with other settings.
    """

    children: Sequence[Child]
    say: Callable[[str], None]
    ready: Callable[[], bool] = lambda: True
    when_ready: Callable[[], None] = lambda: None
    outdated: Callable[[], bool] = lambda: False
    _ending: bool = False
    _impatient: bool = False
    _wake: tuple[int, int] = field(default=(-1, -1))

    def run(self) -> bool:
        """Starts all processes and restarts those that end. Returns after a signal, after the terminal was closed, or
        when the processes are outdated. Then all processes have ended. Returns whether the caller has to start them
        again."""
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        before = {number: signal.signal(number, self._on_signal) for number in ending()}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_ignored: None)
        wakeup = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        was_ready = again = False
        terminal = Terminal()
        try:
            while not self._ending and not terminal.closed() and not again:
                self._start_due()
                if not was_ready and self.ready():
                    was_ready = True
                    self.when_ready()
                self._sleep(self._until_next_start(LOOK_EVERY if was_ready else 0.1))
                self._notice_ends()
                self._rotate_logs()
                again = was_ready and self.outdated()
        finally:
            self._end_all()
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in self._wake:
                os.close(end)
        return again and not self._ending

    def stop(self) -> None:
        """Ends ``run`` as a signal does."""
        self._ending = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._impatient = self._ending  # second signal: kill without waiting
        self._ending = True

    def _sleep(self, seconds: float) -> None:
        readable, _writable, _failed = select.select([self._wake[0]], [], [], seconds)
        if readable:
            os.read(self._wake[0], 4096)

    def _until_next_start(self, longest: float) -> float:
        """Returns the seconds until the next start of a process, at most ``longest``."""
        due = [child.due for child in self.children if child.pid is None]
        return max(0.0, min([longest, *(moment - time.monotonic() for moment in due)]))

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid is None and child.due <= now:
                child.start()

    def _notice_ends(self) -> None:
        now = time.monotonic()
        for child in self.children:
            code = child.ended()
            if code is None:
                continue
            pause = child.pause_after(code)
            self.say(
                _("{name} ended (code {code}) and restarts in {seconds:.1f} s. Its log is {log}").format(
                    name=child.name, code=code, seconds=pause, log=child.log
                )
            )
            child.pid, child.due = None, now + pause

    def _rotate_logs(self) -> None:
        for child in self.children:
            if child.log.exists() and child.log.stat().st_size > LOG_LIMIT:
                aside = child.log.with_suffix(".log.1")
                try:
                    shutil.copyfile(child.log, aside)
                except OSError:  # the disk is full: remove the old log
                    aside.unlink(missing_ok=True)
                os.truncate(child.log, 0)  # the child appends, so it continues at the beginning

    def _end_all(self) -> None:
        for child in self.children:
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + END_WITHIN
        while running := [child for child in self.children if child.pid is not None]:
            for child in running:
                if child.ended() is not None:
                    child.pid = None
                elif self._impatient or time.monotonic() > deadline:
                    os.killpg(child.pid or 0, signal.SIGKILL)
            self._sleep(0.1)


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ending() -> list[signal.Signals]:
    """Returns the signals that end the supervisor; not SIGHUP under ``nohup``."""
    return [number for number in ENDING if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]


def _be_child(child: Child, parent: int) -> None:
    """The whole life of the forked process."""
    code = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C reaches the supervisor alone, which ends the others in order
        signal.set_wakeup_fd(-1)
        for number in (*ending(), signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(child.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
        end_with_parent(parent)
        child.run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001 -- nothing may come back out of a forked process
        sys.stderr.write(failure_line(child.name, error) + "\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
