"""Web addresses that a shop types: links of a page, and websites that may show it in a frame."""

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_UNUSABLE = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]")


def is_web_address(url: str) -> bool:
    """Whether `url` is a complete http or https address without credentials."""
    return origin_of(url) is not None


def origin_of(url: str) -> str | None:
    """The origin of a web address, such as "https://toko.id" or "http://localhost:8080"; None for anything else.

    A host name in other letters is given in Punycode. A default port is left out.
    """
    if _UNUSABLE.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, default} else "")
