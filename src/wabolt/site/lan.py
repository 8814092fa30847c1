"""The address of this machine in its local network, and a QR code for the terminal."""

import io
import socket
from ipaddress import ip_address

import psutil
import segno

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 -- compared, not bound
_IP = (socket.AF_INET, socket.AF_INET6)
_ELSEWHERE = ("192.0.2.1", 9)  # reserved for documentation (RFC 5737); nothing is sent to it


def lan_address(host: str) -> str | None:
    """Returns the address at which other devices in the network reach a server that listens on ``host``, or None.

    For a wildcard it is the address of the interface with the default route.
    """
    address = _own_address() if host in WILDCARDS else host
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return None
    return None if parsed.is_loopback or parsed.is_unspecified else str(parsed)


def _own_address() -> str | None:
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


def own_addresses() -> set[str]:
    """Returns the IP addresses of this machine's interfaces, also the loopback ones."""
    found = [one.address for addresses in psutil.net_if_addrs().values() for one in addresses if one.family in _IP]
    return {address.partition("%")[0] for address in found}


def in_url(host: str) -> str:
    """Returns ``host`` as it is written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def qr_code(url: str) -> str:
    """Returns ``url`` as a QR code of text, for terminals with a dark or a light background."""
    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()
