"""The frames between gateway and child: JSON after its length in four bytes.

Uses only the standard library, because the child does not import Django.
"""

import json
import socket
import struct
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
"""Largest frame in bytes; the largest document fits in base64."""
_HEAD = struct.Struct(">I")


def send_frame(sock: socket.socket, frame: dict[str, Any]) -> None:
    """Sends one frame. Raises OSError when the other side is closed."""
    body = json.dumps(frame, separators=(",", ":")).encode()
    if len(body) > MAX_FRAME:
        raise ValueError("frame too large")
    sock.sendall(_HEAD.pack(len(body)) + body)


def read_frame(sock: socket.socket) -> dict[str, Any] | None:
    """Returns the next frame, or None when the other side is closed. Raises OSError."""
    head = _exactly(sock, _HEAD.size)
    if head is None:
        return None
    (size,) = _HEAD.unpack(head)
    if size > MAX_FRAME:
        raise OSError("frame too large")
    body = _exactly(sock, size)
    if body is None:
        return None
    frame: dict[str, Any] = json.loads(body)
    return frame


def _exactly(sock: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        piece = sock.recv(min(size - len(parts), 1 << 20))
        if not piece:
            return None
        parts += piece
    return bytes(parts)
