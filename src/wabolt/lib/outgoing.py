"""Resolves host names that come from a browser or a form, and refuses those that lead into a private network.

The caller connects to the returned address and not to the name, so a second answer of the name server changes nothing.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings

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
