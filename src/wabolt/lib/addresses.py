"""The addresses of this machine, and the addresses of a name in DNS."""

import socket
from ipaddress import ip_address

import psutil

_IP = (socket.AF_INET, socket.AF_INET6)


def own_addresses() -> set[str]:
    """Returns the IP addresses of this machine's interfaces, also the loopback ones."""
    found = [one.address for addresses in psutil.net_if_addrs().values() for one in addresses if one.family in _IP]
    return {address.partition("%")[0] for address in found}


def addresses_of(name: str) -> set[str]:
    """Returns the addresses to which `name` resolves; none if it does not resolve."""
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {str(ip_address(str(answer[4][0]).partition("%")[0])) for answer in answers}
