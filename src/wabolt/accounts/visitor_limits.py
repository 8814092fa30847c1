"""The limits of visitors without a session, and the keys under which their requests are counted."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.crypto import salted_hmac


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
