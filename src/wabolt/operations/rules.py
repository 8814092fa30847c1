"""Limits of missing and crashed processes, versions, the release feed, and the tags of a repository. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wabolt.lib.text import storable

MISSING_AFTER = 30
"""Seconds without a heartbeat after which a process counts as missing."""
CRASHED_AFTER = 60
"""Seconds without a heartbeat, and without a marked end, after which a process counts as crashed."""
DIES_OFTEN, DIES_WITHIN = 3, timedelta(minutes=15)
"""A kind of process that crashed this often within this time keeps dying."""
STEADY_AFTER = timedelta(minutes=10)
"""Time without a crash after which it works again."""
TOGETHER = timedelta(seconds=30)
"""Processes of one kind that fell silent within this time ended for one reason, such as a power cut."""
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")
LANGUAGES = ("id", "en")
LIST_TAGS = b"0014command=ls-refs\n0001001bref-prefix refs/tags/v\n0000"
"""Request of Git's protocol version 2 for the tags that begin with "v" (gitprotocol-v2(5), command ls-refs)."""
_TAG = re.compile(rb"[0-9a-f]{40,64} refs/tags/v(\d{1,4}(?:\.\d{1,4}){1,3})\n?")
MOST_NOTES, LONGEST_NOTE, LONGEST_URL = 12, 400, 300


class FeedError(ValueError):
    """The text is no release feed."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release. `notes`: sentences about what is new, by language. `url`: a page about it, "" for none."""

    version: str
    notes: Mapping[str, list[str]] = field(default_factory=dict)
    url: str = ""


def keeps_dying(crashes: Iterable[datetime], now: datetime) -> bool | None:
    """Whether a kind of process with these crashes keeps dying. None: undecided, because the last crash is recent."""
    recent = sorted(at for at in crashes if now - at <= DIES_WITHIN)
    apart: list[datetime] = []
    for at in recent:
        if not apart or at - apart[-1] > TOGETHER:
            apart.append(at)
    if len(apart) >= DIES_OFTEN:
        return True
    return None if recent and now - recent[-1] < STEADY_AFTER else False


def is_newer(version: str, than: str) -> bool:
    """Whether `version` is a later release than `than` ("0.10.0" is later than "0.9.1")."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def parse_feed(text: bytes) -> Release:
    """Parses the release feed: {"version": "0.2.0", "notes": {"id": [...], "en": [...]}, "url": "https://..."}.

    Unknown keys are ignored. Raises FeedError for anything that a page could not show.
    """
    try:
        feed = json.loads(text)
    except ValueError as error:
        raise FeedError from error
    if not isinstance(feed, dict):
        raise FeedError
    version, url, notes = feed.get("version"), feed.get("url", ""), feed.get("notes", {})
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise FeedError
    if not isinstance(url, str) or len(url) > LONGEST_URL or (url and not url.startswith("https://")):
        raise FeedError
    if not isinstance(notes, dict):
        raise FeedError
    return Release(version, {language: _sentences(notes.get(language, [])) for language in LANGUAGES}, url)


def parse_tags(text: bytes) -> str:
    """Returns the latest version among the tags in the answer to `LIST_TAGS`: v0.2.0 is version 0.2.0.

    "" if no tag is a version. Other tags, such as v0.2.0-rc1, are ignored. Raises FeedError if the answer is cut off
    or is none.
    """
    versions, place = [], 0
    while text[place : place + 4] != b"0000":
        try:
            length = int(text[place : place + 4].decode("ascii"), 16)
        except ValueError as error:
            raise FeedError from error
        line = text[place + 4 : place + length]
        if length <= 4 or len(line) != length - 4:
            raise FeedError
        if found := _TAG.fullmatch(line):
            versions.append(found[1].decode("ascii"))
        place += length
    return max(versions, key=_numbers, default="")


def _sentences(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise FeedError
    return [" ".join(storable(one).split())[:LONGEST_NOTE] for one in value[:MOST_NOTES]]
