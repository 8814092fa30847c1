"""Limits of missing and crashed processes, versions, and the release feed. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wabolt.lib.text import storable

MISSING_AFTER = 30
"""Seconds without a heartbeat after which a process counts as missing."""
CRASHED_AFTER = 60
"""Seconds without a heartbeat, and without a marked end, after which a process counts as crashed."""
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")
LANGUAGES = ("id", "en")
MOST_NOTES, LONGEST_NOTE, LONGEST_URL = 12, 400, 300


class FeedError(ValueError):
    """The text is no release feed."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release. `notes`: sentences about what is new, by language. `url`: a page about it, "" for none."""

    version: str
    notes: Mapping[str, list[str]] = field(default_factory=dict)
    url: str = ""


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


def _sentences(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise FeedError
    return [" ".join(storable(one).split())[:LONGEST_NOTE] for one in given[:MOST_NOTES]]
