"""The addresses of this machine in its local network, and a QR code for the terminal."""

import io
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import psutil
import segno

from wabolt.lib.addresses import own_addresses

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 -- compared, not bound
_IP = (socket.AF_INET, socket.AF_INET6)
# Containers, virtual machines and VPNs of Linux, macOS and Windows.
_VIRTUAL = re.compile(
    r"lo\d*\Z|docker|br-|bridge\d|veth|virbr|vmnet|vboxnet|VirtualBox|VMware|vEthernet|lxc|lxd|cni|flannel|cali|podman"
    r"|tun|tap|utun|wg|ppp|tailscale|zt|ipsec|nordlynx|awdl|llw|anpi",
    re.IGNORECASE,
)
_ELSEWHERE = ("192.0.2.1", 9)  # reserved for documentation (RFC 5737); nothing is sent to it


@dataclass(frozen=True)
class Interface:
    """A network interface of this machine that is up, with its addresses."""

    name: str
    addresses: tuple[str, ...]


def lan_addresses(host: str) -> list[str]:
    """Returns the addresses at which other devices in the network reach a server that listens on ``host``, the best
    first; an empty list if there is none."""
    if host in WILDCARDS:
        return choose_addresses(_interfaces(), _default_address(), with_ipv6=":" in host)
    try:
        parsed = ip_address(host)
    except ValueError:
        return []
    return [] if parsed.is_loopback or parsed.is_unspecified else [str(parsed)]


def choose_addresses(interfaces: Iterable[Interface], default: str | None, *, with_ipv6: bool) -> list[str]:
    """Returns the addresses that a phone in the same network can open, the best first.

    Interfaces of virtual machines, containers and VPNs are left out: no phone is there. The address of the default
    route (``default``) comes first, then addresses of private networks. IPv4 goes before IPv6, whose link-local
    addresses need the name of an interface and are left out.
    """
    addresses = []
    for interface in interfaces:
        if _VIRTUAL.match(interface.name):
            continue
        for text in interface.addresses:
            address = ip_address(text)
            if address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast:
                continue
            if address.version == 4 or with_ipv6:
                addresses.append((address.version, text != default, not address.is_private, text))
    return [text for _version, _is_other, _is_public, text in sorted(addresses)]


def _interfaces() -> list[Interface]:
    states = psutil.net_if_stats()
    return [
        Interface(name, tuple(one.address.partition("%")[0] for one in addresses if one.family in _IP))
        for name, addresses in psutil.net_if_addrs().items()
        if name not in states or states[name].isup
    ]


def _default_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)  # connecting a UDP socket selects the interface and sends no packet
        except OSError:
            return None
        return str(probe.getsockname()[0])


def own_hosts(host: str) -> list[str]:
    """Returns the names and addresses under which devices in the network reach a server that listens on ``host``, as a
    Host header has them.

    For a wildcard these are all addresses of this machine, its name, and its name in the domain ``local`` (mDNS).
    """
    if host not in WILDCARDS:
        return [in_url(host)]
    name = socket.gethostname().lower()
    return [*sorted(in_url(address) for address in own_addresses()), name, f"{name.partition('.')[0]}.local"]


def environment_of(host: str, hosts: str) -> dict[str, str]:
    """Returns the environment variables by which the settings know the host names of a server that listens on `host`.
    `hosts`: the names that WABOLT_HOSTS has already."""
    is_open = host in WILDCARDS
    return {"WABOLT_HOSTS": ",".join([hosts, *own_hosts(host)]), "WABOLT_OWN_ADDRESSES": "1" if is_open else ""}


def in_url(host: str) -> str:
    """Returns ``host`` as it is written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def qr_code(url: str, *, columns: int | None = None, coloured: bool = False) -> str:
    """Returns ``url`` as a QR code of text, "" if it is wider than ``columns``.

    ``coloured``: with ANSI colours, white on black, so that a terminal with a light background does not invert it.
    """
    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, compact=True, border=2)
    rows = out.getvalue().rstrip("\n").split("\n")
    if columns is not None and max(map(len, rows)) > columns:
        return ""
    return "".join(f"\x1b[97;40m{row}\x1b[0m\n" if coloured else f"{row}\n" for row in rows)
