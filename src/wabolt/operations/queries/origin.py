"""The source of news about versions: a release feed, or the repository that this program comes from."""

import configparser
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from django.conf import settings

import wabolt

OFF = "off"
"""Value of WABOLT_UPDATE_URL with which nothing is asked."""


@dataclass(frozen=True, slots=True)
class ReleaseSource:
    """An address that knows the newest version. `is_repository`: its tags are the versions; otherwise it is a release
    feed."""

    url: str
    is_repository: bool = False

    @property
    def host(self) -> str:
        """The name of its machine, for the reader of a page."""
        return urlsplit(self.url).hostname or self.url


def release_source() -> ReleaseSource | None:
    """Returns the release feed of WABOLT_UPDATE_URL, else the repository of the installation; None to ask nothing."""
    if settings.UPDATE_URL == OFF:
        return None
    if settings.UPDATE_URL:
        return ReleaseSource(settings.UPDATE_URL)
    url = _installed_from()
    return ReleaseSource(url, is_repository=True) if url else None


def _installed_from() -> str:
    """Returns the address of the repository that this program was cloned or installed from, "" if it has none."""
    clone = Path(wabolt.__file__).resolve().parents[2]
    if (clone / ".git").exists():
        return origin_of(clone)
    try:
        text = distribution("wabolt").read_text("direct_url.json")  # written by the installer (PEP 610)
        found = json.loads(text or "{}")
        url = str(found.get("url", ""))
        if "vcs_info" in found:
            return web_address(url)
    except (PackageNotFoundError, OSError, ValueError, AttributeError):
        return ""
    parts = urlsplit(url)
    return origin_of(Path(unquote(parts.path))) if parts.scheme == "file" else ""


def origin_of(clone: Path) -> str:
    """Returns the https address of the remote "origin" of the clone in this folder, "" if it has none."""
    config = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        config.read_string((clone / ".git" / "config").read_text(encoding="utf-8"))
        return web_address((config.get('remote "origin"', "url", fallback="") or "").strip('"'))
    except (OSError, ValueError, configparser.Error):
        return ""


def web_address(url: str) -> str:
    """Returns an https address without user name, password, query and fragment; "" for every other address.

    A clone with a password in its address belongs to a person; an installation does not use that person's rights.
    """
    try:
        parts = urlsplit(url.strip())
        if parts.scheme != "https" or not parts.hostname or len(url) > 300:
            return ""
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return ""
    return urlunsplit(("https", host, parts.path.rstrip("/"), "", ""))
