"""The address of this installation: links that others receive, and who can open them.

A link for another person is made with `absolute_url`, never from the request: the Host header of a request is a claim
of its client.
"""

from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from wabolt.lib.outgoing import is_public

_LOCAL_DOMAINS = frozenset({"home", "internal", "lan", "local", "localdomain", "localhost"})


class Reach(Enum):
    """The people whose devices can open an address."""

    THIS_MACHINE = "this machine only"
    SAME_NETWORK = "devices in the same network"
    EVERYONE = "everyone"


def absolute_url(path: str) -> str:
    """Returns the complete URL of the page at `path`, which starts with "/"."""
    return f"{settings.PUBLIC_URL}{path}"


def who_can_open(url: str | None = None) -> Reach:
    """Returns who can open `url` (default: the address of this installation), judged by the form of its host.

    Nothing is asked over the network. The room `public_address` checks whether the address really answers.
    """
    host = (urlsplit(settings.PUBLIC_URL if url is None else url).hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        return _reach_of_name(host)
    if address.is_loopback:
        return Reach.THIS_MACHINE
    return Reach.EVERYONE if is_public(host) else Reach.SAME_NETWORK


def _reach_of_name(host: str) -> Reach:
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.THIS_MACHINE
    is_local = "." not in host or host.rpartition(".")[2] in _LOCAL_DOMAINS
    return Reach.SAME_NETWORK if is_local else Reach.EVERYONE
