"""The terminal of the supervisor: prints lines to it and detects that it was closed."""

import contextlib
import os
import signal

import click


def say(text: str) -> None:
    """Prints a line; ignores a closed terminal."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


class Terminal:
    """Detects that the terminal of this foreground process was closed.

    SIGHUP reaches only the first process of the terminal. If that is ``make`` (``ssh -t shop make run``), it does not
    pass the signal on.
    """

    def __init__(self) -> None:
        self._number = next((number for number in (0, 1, 2) if os.isatty(number)), None)
        self._in_front = False

    def closed(self) -> bool:
        """Returns whether the terminal was closed. A background process (``&`` with ``disown``, ``nohup``) ignores the
        closing."""
        if self._number is None or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            return False
        try:
            self._in_front = os.tcgetpgrp(self._number) == os.getpgrp()
        except OSError:
            return self._in_front
        return False
