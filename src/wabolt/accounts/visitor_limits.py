"""The limits of visitors without a session, and the keys under which their requests are counted."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.utils.crypto import salted_hmac

_V4_NETWORK, _V6_ADDRESS, _V6_NETWORK = 24, 64, 48


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """The most requests in one `window`: of an internet address, of a network, and for an object by all together before
    it is crowded.

    Customers in one shop share the address of its Wi-Fi, so `per_address` allows many people.
    """

    per_address: int
    per_network: int
    per_object: int
    window: timedelta = timedelta(minutes=10)


def visitor_key(purpose: str, kind: str, value: str) -> str:
    """The key of an internet address, a network or an object: a keyed digest, so that the table holds no address."""
    return salted_hmac("wabolt.visitors", f"{purpose}:{kind}:{value}", algorithm="sha256").hexdigest()


def place_keys(purpose: str, ip: str) -> list[str]:
    """The keys of a client's address and of its network, in this order. `ip`: "" for a client without an address."""
    address, network = _places(ip)
    return [visitor_key(purpose, "address", address), visitor_key(purpose, "network", network)]


def _places(ip: str) -> tuple[str, str]:
    """The address that is counted, and its network."""
    if not ip:
        return "", ""
    parsed = ip_address(ip)
    mapped = getattr(parsed, "ipv4_mapped", None)
    if mapped is not None:
        parsed = mapped
    if parsed.version == 4:
        return str(parsed), str(ip_network((parsed, _V4_NETWORK), strict=False))
    return str(ip_network((parsed, _V6_ADDRESS), strict=False)), str(ip_network((parsed, _V6_NETWORK), strict=False))
