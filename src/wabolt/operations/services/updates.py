"""Asking for a newer version.

`queries.release_source` says where: the repository that this program comes from, or a release feed. The request carries
the version of this installation in its `User-Agent` header and nothing else. Of a repository only the names of version
tags are read. The answer is shown as text; nothing is downloaded or installed.
"""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx

from wabolt import __version__
from wabolt.alerts.services import open_alert_of_installation, resolve_alert_of_installation
from wabolt.lib import clock
from wabolt.lib.outgoing import Deadline, trusted_authorities
from wabolt.lib.public_address import Reach, who_can_open
from wabolt.operations.models import LatestRelease
from wabolt.operations.queries import ReleaseSource, is_update, newest_release, release_source
from wabolt.operations.rules import LIST_TAGS, FeedError, Release, parse_feed, parse_tags

NEW_VERSION = "operations.new_version"
LARGEST = 64 * 1024
"""Bytes of the answer that are read."""
WITHIN = 15.0
"""Seconds for the whole request."""
EVERY = timedelta(hours=23)
"""Minimum time between two automatic checks. The job runs every hour, because a shop's computer is off at night."""


class CheckError(Exception):
    """There is no usable answer. The text is "insecure", "unreachable", "refused" or "unreadable"."""


def check_for_update() -> LatestRelease | None:
    """Asks, stores the answer, and opens or resolves the alert. Returns None if there is nothing to ask."""
    source = release_source()
    if source is None:
        resolve_alert_of_installation(kind=NEW_VERSION)
        return None
    stored, _created = LatestRelease.objects.get_or_create(pk=1)
    stored.checked_at = clock.now()
    try:
        release = _ask(source)
    except CheckError as error:
        stored.failure = str(error)
        stored.save(update_fields=["checked_at", "failure"])
        return stored
    stored.version, stored.notes, stored.url, stored.failure = release.version, dict(release.notes), release.url, ""
    stored.save()
    if is_update(stored):
        open_alert_of_installation(kind=NEW_VERSION, data={"version": release.version})
    else:
        resolve_alert_of_installation(kind=NEW_VERSION)
    return stored


def check_if_due() -> None:
    """Asks if the last question is older than `EVERY`, or has a time in the future from a wrong clock. A changed source
    is asked within a day."""
    latest, now = newest_release(), clock.now()
    if latest is None or not now - EVERY < latest.checked_at <= now:
        check_for_update()


def _ask(source: ReleaseSource) -> Release:
    if not source.url.startswith("https://") and who_can_open(source.url) is not Reach.THIS_MACHINE:
        raise CheckError("insecure")
    try:
        if not source.is_repository:
            return parse_feed(_answer("GET", source.url, headers={"Accept": "application/json"}))
        kind = "application/x-git-upload-pack"
        headers = {"Content-Type": f"{kind}-request", "Accept": f"{kind}-result", "Git-Protocol": "version=2"}
        tags = _answer("POST", f"{source.url}/git-upload-pack", headers=headers, content=LIST_TAGS)
        return Release(parse_tags(tags), url=source.url.removesuffix(".git") if source.url.startswith("https:") else "")
    except FeedError as error:
        raise CheckError("unreadable") from error


def _answer(method: str, url: str, *, headers: dict[str, str], **content: Any) -> bytes:
    ends = time.monotonic() + WITHIN
    headers = {"User-Agent": f"WABolt/{__version__}", "Accept-Encoding": "identity", **headers}
    text = bytearray()
    try:
        with (
            Deadline() as deadline,
            httpx.Client(verify=trusted_authorities(), timeout=WITHIN / 3, headers=headers) as client,
            client.stream(method, url, extensions={"trace": deadline.trace}, **content) as response,
        ):
            if response.status_code != HTTPStatus.OK:  # redirects are not followed
                raise CheckError("refused")
            for piece in response.iter_raw():  # never unpacked, so `LARGEST` is a limit of memory too
                text += piece
                if len(text) > LARGEST or time.monotonic() > ends:
                    raise CheckError("unreadable")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CheckError("unreachable") from error
    return bytes(text)
