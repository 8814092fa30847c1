"""Limits for one client address in a web process: requests in progress, and open connections."""

import logging
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

from wabolt.site.front.head import Proxies

log = logging.getLogger(__name__)

# A shop's staff and the customers of one mobile operator can share an address. A browser uses six connections.
REQUESTS = 64  # requests in progress for one address in one web process
CONNECTIONS = 256  # open connections of one address in one web process
CHECK_EVERY = 1.0  # seconds between two checks of the open connections
UNREAD_FOR = 30_000  # milliseconds after which a connection ends if its client takes none of the waiting bytes
_DESCRIPTORS = Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
_IPV6_CLIENT = 64  # bits of an IPv6 address that name the client's network; the client chooses the others


class TooManyError(Exception):
    """Raised when an address has the maximum number of requests in progress."""


def source_of(address: str) -> str:
    """Returns the address under which a client is counted: its IPv4 address, or its IPv6 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, _IPV6_CLIENT), strict=False))


class RequestsInProgress:
    """Counts the requests of each address, from their headers to the end of their response."""

    def __init__(self, most: int = REQUESTS) -> None:
        self._most = most
        self._of: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str | None) -> Iterator[None]:
        """Counts one request of `address` during the block; none for None. Raises TooManyError."""
        if address is None:
            yield
            return
        source = source_of(address)
        if self._of[source] >= self._most:
            raise TooManyError
        self._of[source] += 1
        try:
            yield
        finally:
            self._of[source] -= 1
            if not self._of[source]:
                del self._of[source]


class ConnectionGuard:
    """Closes connections of an address that has more than `most` open, and connections that their client does not read.

    The web server accepts a limited number of connections and closes an idle one after ten seconds. Without this guard,
    one client could hold all of them. A trusted proxy may open any number.
    """

    def __init__(self, port: int, proxies: Proxies, most: int = CONNECTIONS) -> None:
        self._port = port
        self._proxies = proxies
        self._most = most

    def start(self) -> None:
        """Checks the connections of this process until it ends."""
        threading.Thread(target=self._run, name="connections", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(CHECK_EVERY)
            try:
                self.check()
            except OSError:
                log.exception("the open connections could not be checked")

    def check(self) -> int:
        """Checks all open connections once. Returns the number that it closed."""
        open_of: Counter[str] = Counter()
        closed = 0
        for connection, address in self._connections():
            with suppress(OSError):  # the client may close it meanwhile
                if hasattr(socket, "TCP_USER_TIMEOUT"):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_FOR)
                source = source_of(address)
                open_of[source] += 1
                if open_of[source] > self._most and address not in self._proxies:
                    connection.shutdown(socket.SHUT_RDWR)
                    closed += 1
        if closed:
            log.warning("closed %s connections of clients with more than %s", closed, self._most)
        return closed

    def _connections(self) -> Iterator[tuple[socket.socket, str]]:
        """Yields a duplicate of each accepted connection with the address of its client. The duplicate keeps naming the
        same connection when the web server closes its descriptor meanwhile."""
        for entry in list(_DESCRIPTORS.iterdir()):
            connection = _socket(int(entry.name))
            if connection is None:
                continue
            try:
                is_ours = connection.family in {socket.AF_INET, socket.AF_INET6}
                if is_ours and connection.getsockname()[1] == self._port:
                    yield connection, str(connection.getpeername()[0])
            except OSError:  # it listens, or its client is gone
                pass
            finally:
                connection.close()


def _socket(descriptor: int) -> socket.socket | None:
    """Returns a duplicate of the socket with this descriptor; None if it is none, or was closed meanwhile."""
    try:
        duplicate = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=duplicate)
    except OSError:
        os.close(duplicate)
        return None
