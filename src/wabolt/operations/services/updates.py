"""Asking the release feed for a newer version.

The feed is asked only if `settings.UPDATE_URL` is set. The request carries the version of this installation in its
`User-Agent` header and nothing else. The answer is shown as text; nothing is downloaded or installed.
"""

import time
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from wabolt import __version__
from wabolt.alerts.services import open_alert_of_installation, resolve_alert_of_installation
from wabolt.lib import clock
from wabolt.lib.public_address import Reach, who_can_open
from wabolt.operations.models import LatestRelease
from wabolt.operations.rules import FeedError, Release, is_newer, parse_feed

NEW_VERSION = "operations.new_version"
LARGEST = 64 * 1024
"""Bytes of the feed that are read."""
WITHIN = 15.0
"""Seconds for the whole request."""


class CheckError(Exception):
    """The feed gave no answer. The text is "insecure", "unreachable", "refused" or "unreadable"."""


def check_for_update() -> LatestRelease | None:
    """Asks the feed, stores its answer, and opens or resolves the alert. Returns None if no feed is configured."""
    if not settings.UPDATE_URL:
        return None
    stored, _created = LatestRelease.objects.get_or_create(pk=1)
    stored.checked_at = clock.now()
    try:
        release = _ask(settings.UPDATE_URL)
    except CheckError as error:
        stored.failure = str(error)
        stored.save(update_fields=["checked_at", "failure"])
        return stored
    stored.version, stored.notes, stored.url, stored.failure = release.version, dict(release.notes), release.url, ""
    stored.save()
    if is_newer(release.version, __version__):
        open_alert_of_installation(kind=NEW_VERSION, data={"version": release.version})
    else:
        resolve_alert_of_installation(kind=NEW_VERSION)
    return stored


def _ask(url: str) -> Release:
    if urlsplit(url).scheme != "https" and who_can_open(url) is not Reach.THIS_MACHINE:
        raise CheckError("insecure")
    ends = time.monotonic() + WITHIN
    headers = {"User-Agent": f"WABolt/{__version__}", "Accept": "application/json"}
    text = bytearray()
    try:
        with httpx.Client(timeout=WITHIN / 3, headers=headers) as client, client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:  # redirects are not followed
                raise CheckError("refused")
            for piece in response.iter_bytes():
                text += piece
                if len(text) > LARGEST or time.monotonic() > ends:
                    raise CheckError("unreadable")
    except httpx.HTTPError as error:
        raise CheckError("unreachable") from error
    try:
        return parse_feed(bytes(text))
    except FeedError as error:
        raise CheckError("unreadable") from error
