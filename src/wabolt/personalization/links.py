"""URLs in a text, and the short URLs that replace them."""

import re
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from django.utils.crypto import salted_hmac

from wabolt.channels.registry import Capabilities
from wabolt.lib.public_address import Reach, absolute_url, who_can_open
from wabolt.personalization.rules.links import make_token

_MARKUP = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_URL = re.compile(r"https?://[^\s<>\"'{}|\\^`]+", re.IGNORECASE)
_TRAILING = ".,!?;:*_~)]"
MAX_LINKS = 10
MAX_ADDRESS = 2000


def find_links(text: str) -> list[str]:
    """Returns the fixed URLs of a Liquid text, each once, in order. A URL that contains Liquid
    (`...?k={{ voucher.code }}`) is not fixed."""
    found: dict[str, None] = {}
    replace_links(text, lambda url: found.setdefault(url) or url)
    return list(found)


def replace_links(text: str, replacement: Callable[[str], str]) -> str:
    """Returns the text with each fixed URL outside of Liquid markup replaced by `replacement(url)`."""
    parts = _MARKUP.split(text)
    for index in range(0, len(parts), 2):
        goes_on = index + 1 < len(parts)

        def swap(match: re.Match[str], end: int = len(parts[index]), goes_on: bool = goes_on) -> str:
            if goes_on and match.end() == end:
                return match[0]
            url = match[0].rstrip(_TRAILING)
            return replacement(url) + match[0][len(url) :]

        parts[index] = _URL.sub(swap, parts[index])
    return "".join(parts)


def is_storable_url(url: str) -> bool:
    """Whether a URL has a host and is short enough for the column of a tracked link."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and len(url) <= MAX_ADDRESS
    except ValueError:
        return False


@cache
def link_key() -> bytes:
    """Returns the key of the tokens of tracked links."""
    return salted_hmac("wabolt.messaging.links", "", algorithm="sha256").digest()


def links_are_public() -> bool:
    """Returns whether a customer's phone can open the addresses of this installation."""
    return who_can_open() is Reach.EVERYONE


def shortens_links(capabilities: Capabilities) -> bool:
    """Whether texts of such a channel use short URLs. If customers cannot open addresses of this installation, the
    original URL is sent and its clicks are not counted."""
    return capabilities.is_simulation or links_are_public()


def link_url(link_id: int, message_id: int) -> str:
    """Returns the short URL of a link for one message."""
    return absolute_url(f"/l/{make_token(link_id, message_id, link_key())}")


def sample_url() -> str:
    """Returns a short URL for previews. It is as long as a real one and belongs to no link."""
    return absolute_url("/l/contoh")
