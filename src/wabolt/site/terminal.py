"""The terminal that somebody started us in: what is said there, and whether it is still there."""

import contextlib
import os
import signal

import click


def say(text: str) -> None:
    """A line for whoever looks at the terminal; no mistake where that was closed meanwhile."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


class Terminal:
    """Notices that the terminal in whose foreground we run was closed.

    The signal of that (SIGHUP) reaches the first process of the terminal alone, and ``make``, where it is the first
    (``ssh -t shop make run``), does not pass it on.
    """

    def __init__(self) -> None:
        self._number = next((number for number in (0, 1, 2) if os.isatty(number)), None)
        self._in_front = False

    def closed(self) -> bool:
        """Whether it was closed. One that we were sent away from (``&`` and ``disown``, ``nohup``) may close."""
        if self._number is None or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            return False
        try:
            self._in_front = os.tcgetpgrp(self._number) == os.getpgrp()
        except OSError:
            return self._in_front
        return False
