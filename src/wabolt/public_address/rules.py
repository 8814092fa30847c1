"""Decisions about the public address: the problem that an observation means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

RENEW_DUE = timedelta(days=14)
"""Remaining life of a certificate that needs attention. Caddy renews one of 90 days when 30 days are left."""
DOWN_AFTER = timedelta(minutes=8)
"""Time for which the address has to fail before members are notified: two checks, which run every five minutes."""


class Problem(Enum):
    """The reason why people cannot open the public address. The value is stored."""

    PORT_TAKEN = "port_taken"
    PORT_FORBIDDEN = "port_forbidden"
    DNS_MISSING = "dns_missing"
    DNS_ELSEWHERE = "dns_elsewhere"
    BEHIND_ROUTER = "behind_router"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    CAA = "caa"
    NAME_REJECTED = "name_rejected"
    AUTHORITY_OFFLINE = "authority_offline"
    CERTIFICATE_REFUSED = "certificate_refused"
    CLOCK = "clock"
    NO_ANSWER = "no_answer"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_INVALID = "certificate_invalid"
    OTHER_SERVER = "other_server"
    REDIRECTED = "redirected"
    NOT_PASSED_ON = "not_passed_on"


@dataclass(frozen=True)
class Found:
    """A problem, with the facts for its sentence."""

    problem: Problem
    data: Mapping[str, Any] = field(default_factory=dict)


def judge_addresses(name: str, resolved: Iterable[str], own: Iterable[str]) -> Found | None:
    """Returns what is wrong with the DNS entries of `name`, or None.

    `resolved`: the addresses in DNS. `own`: the addresses of this machine's interfaces. All entries have to lead here,
    because a visitor and the certificate authority may use any of them. A machine with private addresses only is
    behind a router; the router's address is then unknown here.
    """
    named = {ip_address(address) for address in resolved}
    if not named:
        return Found(Problem.DNS_MISSING, {"name": name})
    mine = {ip_address(address) for address in own}
    strange = named - mine
    if not strange:
        return None
    wrong = [address for address in strange if not _may_be_router(address, mine)]
    if not wrong:
        return Found(Problem.BEHIND_ROUTER, {"name": name, "addresses": _text(strange)})
    public = [address for address in mine if address.is_global]
    return Found(Problem.DNS_ELSEWHERE, {"name": name, "addresses": _text(wrong), "own": _text(public)})


def _may_be_router(address: IPv4Address | IPv6Address, own: Iterable[IPv4Address | IPv6Address]) -> bool:
    """Returns whether `address` can be that of a router in front of this machine."""
    same = [one for one in own if one.version == address.version and not one.is_loopback and not one.is_link_local]
    return address.is_global and bool(same) and not any(one.is_global for one in same)


def _text(addresses: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, addresses)))


def judge_answer(status: int, body: str, expected: str, location: str) -> Found | None:
    """Returns what is wrong with the answer of the public address to its own question, or None."""
    if status == 200 and body.strip() == expected:
        return None
    if 300 <= status < 400:
        return Found(Problem.REDIRECTED, {"location": location[:200]})
    if status in {502, 503, 504}:
        return Found(Problem.NOT_PASSED_ON, {"status": status})
    return Found(Problem.OTHER_SERVER, {"status": status})


def judge_failure(kind: str, text: str) -> Found:
    """Returns the problem behind a failed connection. `kind`: the class of the error; `text`: its message."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        if "not yet valid" in text:
            return Found(Problem.CLOCK)
        expired = "expired" in text
        return Found(Problem.CERTIFICATE_EXPIRED if expired else Problem.CERTIFICATE_INVALID, {"detail": text[:200]})
    if "SSL" in text or "TLS" in text:
        return Found(Problem.CERTIFICATE_INVALID, {"detail": text[:200]})
    return Found(Problem.NO_ANSWER, {"detail": f"{kind}: {text}"[:200]})


def is_down(failing_since: datetime | None, now: datetime) -> bool:
    """Returns whether the address has failed long enough to open an alert (`DOWN_AFTER`)."""
    return failing_since is not None and now - failing_since >= DOWN_AFTER


def expires_soon(until: datetime | None, now: datetime) -> bool:
    """Returns whether a certificate should have been renewed by now."""
    return until is not None and until - now < RENEW_DUE
