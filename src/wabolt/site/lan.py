"""The address of this machine in its local network, and a QR code for the terminal."""

import io
import socket
from ipaddress import ip_address

import segno

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 -- compared, not bound
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


def qr_code(url: str) -> str:
    """Returns ``url`` as a QR code of text, for terminals with a dark or a light background."""
    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()
