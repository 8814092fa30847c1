"""Calls to hosts whose names come from a browser or a form: those in a private network are refused, and each call ends.

The caller connects to the address that `resolve_public` returned and not to the name, so a second answer of the name
server changes nothing. It makes the call within a `Deadline`. All HTTPS calls trust the same authorities.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Lock, Timer
from typing import Any, Self

import httpx
from django.conf import settings

LONGEST_CALL = 20.0
"""Seconds of a whole call, from its connection on."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a gateway translates to the IPv4 address in their last 32 bits (RFC 6052)."""
_RELAYS = IPv4Network("192.88.99.0/24")
"""Former relays to 6to4 (RFC 7526 ended them); Python takes them for global."""
_UNICAST = IPv6Network("2000::/3")
"""The only block from which IANA assigns IPv6 addresses of the internet (registry "IPv6 Address Space")."""
_DOCUMENTATION = IPv6Network("3fff::/20")
"""Reserved for documentation (RFC 9637); older Pythons take it for global."""


class PrivateAddressError(OSError):
    """The host is this machine or in a private network."""


def resolve_public(host: str, port: int) -> str:
    """Returns an address of `host` that is on the internet, for example "203.0.113.7".

    Raises PrivateAddressError when all its addresses are private, and OSError when the name has none. With the setting
    PRIVATE_PEERS any address is returned.
    """
    try:
        found = socket.getaddrinfo(host.rstrip("."), port, type=socket.SOCK_STREAM)
    except (UnicodeError, ValueError) as error:  # a label longer than 63 characters
        raise OSError(f"{host!r} is no name of a host") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if settings.PRIVATE_PEERS or is_public(address):
            return address
    raise PrivateAddressError(f"{host!r} is not on the internet")


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Returns the context of HTTPS calls: certifi's authorities and those of the system, to which a company may have
    added its own. Reading them takes 20 ms, so all calls of a process share one context. A new authority of the system
    is trusted after the next start."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def is_public(address: str) -> bool:
    """Returns whether an IP address is on the internet.

    Of an IPv6 address that a network converts to IPv4, the IPv4 address counts. Every other form that embeds one (such
    as ::127.0.0.1, ::ffff:0:127.0.0.1 and 64:ff9b:1::/48) is outside the block of the internet.
    """
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None:
            ip = ip.sixtofour
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _UNICAST or ip in _DOCUMENTATION:
            return False
    return ip.is_global and not ip.is_multicast and not (isinstance(ip, IPv4Address) and ip in _RELAYS)


class Deadline:
    """A context in which the connections of a call end after LONGEST_CALL.

    The time-outs of HTTP and SMTP clients limit each wait apart, so a peer that sends a byte now and then would hold
    its caller for days. After the deadline the client raises the error of a connection that the peer has closed.
    """

    def __init__(self) -> None:
        self._timer = Timer(LONGEST_CALL, self._end)
        self._timer.daemon = True
        self._lock = Lock()
        self._held: list[socket.socket] = []
        self._is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._held:
                connection.close()
            self._held.clear()

    def hold(self, connection: socket.socket) -> None:
        """Ends this connection too, also if TLS is started on it later. It has no TLS yet."""
        copy = connection.dup()
        with self._lock:
            self._held.append(copy)
        if self._is_over:
            self._end()

    def trace(self, event: str, facts: Mapping[str, Any]) -> None:
        """The extension "trace" of a request of httpx (https://www.encode.io/httpcore/extensions/#trace): holds its
        connection."""
        if event == "connection.connect_tcp.complete":
            self.hold(facts["return_value"].get_extra_info("socket"))

    def _end(self) -> None:
        self._is_over = True
        with self._lock:
            for connection in self._held:
                with suppress(OSError):  # the peer has closed it
                    connection.shutdown(socket.SHUT_RDWR)
