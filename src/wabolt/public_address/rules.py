"""Decisions about the public address: the problem that an observation means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

LATE_PART, LATE_AT_MOST = 6, timedelta(days=14)
"""A certificate needs attention when less than a sixth of its life is left, at most 14 days. Caddy renews it when a
third of its life is left: 30 of 90 days at Let's Encrypt, 4 of 12 hours at its own authority."""
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


@dataclass(frozen=True)
class Validity:
    """The period in which a certificate is valid."""

    begin: datetime
    end: datetime


def judge_addresses(name: str, resolved: Iterable[str], own_addresses: Iterable[str]) -> Found | None:
    """Returns what is wrong with the DNS entries of `name`, or None.

    `resolved`: the addresses in DNS. `own_addresses`: the addresses of this machine's interfaces. All entries
    have to lead here, because a visitor and the certificate authority may use any of them. A machine with private
    addresses only is behind a router; the router's address is then unknown here.
    """
    named = {ip_address(address) for address in resolved}
    if not named:
        return Found(Problem.DNS_MISSING, {"name": name})
    here = {ip_address(address) for address in own_addresses}
    strange = named - here
    if not strange:
        return None
    wrong = [address for address in strange if not _may_be_router(address, here)]
    if not wrong:
        return Found(Problem.BEHIND_ROUTER, {"name": name, "addresses": _text(strange)})
    public = [address for address in here if address.is_global]
    return Found(Problem.DNS_ELSEWHERE, {"name": name, "addresses": _text(wrong), "own": _text(public)})


def _may_be_router(address: IPv4Address | IPv6Address, own_addresses: Iterable[IPv4Address | IPv6Address]) -> bool:
    """Returns whether `address` can be that of a router in front of this machine."""
    reachable = [own for own in own_addresses if not own.is_loopback and not own.is_link_local]
    same = [own for own in reachable if own.version == address.version]
    return address.is_global and bool(same) and not any(own.is_global for own in same)


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


def expires_soon(validity: Validity | None, now: datetime) -> bool:
    """Returns whether a certificate should have been renewed by now."""
    if validity is None:
        return False
    return validity.end - now < min((validity.end - validity.begin) / LATE_PART, LATE_AT_MOST)
