"""Checks before Caddy starts: whether its ports are free, and to which addresses the names lead."""

import contextlib
import errno
import socket
from collections.abc import Iterable

import psutil

from wabolt.lib.addresses import addresses_of, own_addresses
from wabolt.public_address.queries import Found, Problem, judge_addresses


def examine_ports(ports: Iterable[int]) -> Found | None:
    """Returns the first obstacle to listening on `ports`, None if there is none."""
    for port in ports:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 -- Caddy does so
            found = _examine_port(port, family, address)
            if found:
                return found
    return None


def _examine_port(port: int, family: socket.AddressFamily, address: str) -> Found | None:
    try:
        probe = socket.socket(family)
    except OSError:  # the machine has no IPv6
        return None
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except PermissionError:
            return Found(Problem.PORT_FORBIDDEN, {"port": port})
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Found(Problem.PORT_TAKEN, {"port": port, "program": program_on(port)})
    return None


def program_on(port: int) -> str:
    """Returns the name of the program that listens on `port`; "" if this user may not know it."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return str(psutil.Process(connection.pid).name())
    return ""


def examine_name(name: str) -> Found | None:
    """Returns what is wrong with the DNS entry of `name`, None if it leads to this machine."""
    return judge_addresses(name, addresses_of(name), own_addresses())
