"""A child process as the gateway sees it: start, commands, heartbeats, end."""

import itertools
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from wabolt.channels.providers.linked.frames import read_frame, send_frame

BEAT_SECONDS = 0.5
STOP_SECONDS = 3.0
DISCONNECTING = {"disconnected", "logged_out", "replaced", "outdated", "banned", "login_failure"}
"""Events after which the number cannot send."""


class ChildGoneError(OSError):
    """The child has ended. Whether it executed the last command is unknown."""


class Child:
    """Owned by one thread; `ask` is thread-safe. Two threads of its own read frames and send heartbeats."""

    def __init__(self, config: dict[str, Any]) -> None:
        parent_end, child_end = socket.socketpair()
        with child_end:
            # A new session, so that Ctrl-C in the terminal reaches only the gateway, which stops the child in order.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wabolt.channels.providers.linked.child"],
                stdin=child_end.fileno(),
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=subprocess.DEVNULL,  # the library prints QR codes there
            )
        self._socket = parent_end
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[threading.Event, dict[str, Any]]] = {}
        self._closing = threading.Event()
        self.qr = ""
        """The latest QR text of a pairing."""
        self.files: dict[tuple[str, str], float] = {}
        """Uploaded files (kind, sha256) and the time of the upload on the monotonic clock."""
        self.is_connected = False
        self.was_connected = False
        self.ended = ""
        """Reason of the end; "" while it runs."""
        self.news = threading.Event()
        """Set after each frame that is not an answer."""
        self._send({**config, "do": "config"})
        for work in (self._read, self._beat):
            threading.Thread(target=work, name=f"child-{self.process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, seconds: float, /, **command: Any) -> dict[str, Any]:
        """Sends a command and returns its answer; a file is in `parts`, base64 each.

        Raises ChildGoneError, or TimeoutError.
        """
        number = next(self._numbers)
        come = threading.Event()
        answer: dict[str, Any] = {}
        self._waiting[number] = (come, answer)
        try:
            self._send({**command, "id": number})
            if not come.wait(seconds):
                raise TimeoutError(f"no answer to {command['do']}")
        except ChildGoneError:
            raise
        except OSError as error:
            raise error if isinstance(error, TimeoutError) else ChildGoneError(str(error)) from error
        finally:
            self._waiting.pop(number, None)
        if "gone" in answer:
            raise ChildGoneError(self.ended)
        return answer

    def close(self) -> None:
        """Stops the child, and kills it if it does not stop in time."""
        with suppress(OSError):
            self._send({"do": "stop"})
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _send(self, frame: dict[str, Any]) -> None:
        with self._writing:
            send_frame(self._socket, frame)

    def _beat(self) -> None:
        while not self._closing.wait(BEAT_SECONDS):
            try:
                self._send({"do": "beat"})
            except OSError:
                return

    def _read(self) -> None:
        while True:
            try:
                frame = read_frame(self._socket)
            except (OSError, ValueError):
                frame = None
            if frame is None:
                break
            self._handle_frame(frame)
        self.is_connected = False
        self.ended = self.ended or "died"
        self.news.set()
        for come, answer in list(self._waiting.values()):
            answer["gone"] = True
            come.set()

    def _handle_frame(self, frame: dict[str, Any]) -> None:
        if "id" in frame:
            waiting = self._waiting.get(frame["id"])
            if waiting is not None and "part" in frame:
                waiting[1].setdefault("parts", []).append(frame["part"])
            elif waiting is not None:
                waiting[1].update(frame)
                waiting[0].set()
            return
        match frame.get("type"):
            case "qr":
                self.qr = frame["text"]
            case "event":
                self.is_connected = frame["kind"] == "connected" or (
                    self.is_connected and frame["kind"] not in DISCONNECTING
                )
                self.was_connected = self.was_connected or self.is_connected
            case "end":
                self.ended = frame["why"]
                self.is_connected = False
        self.news.set()
