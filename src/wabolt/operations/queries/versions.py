"""The releases that this program knows, and the newest one that is known."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from wabolt import __version__
from wabolt.operations.models import LatestRelease
from wabolt.operations.rules import LANGUAGES, Release, is_newer


@cache
def releases() -> tuple[tuple[Release, date], ...]:
    """Returns all releases with their dates, newest first."""
    text = files("wabolt.operations").joinpath("releases.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["release"]
    return tuple(
        (Release(one["version"], {language: one[language] for language in LANGUAGES}), one["date"]) for one in found
    )


def newest_release() -> LatestRelease | None:
    """Returns the answer of the last check, None before the first one."""
    return LatestRelease.objects.filter(pk=1).first()


def is_update(latest: LatestRelease | None) -> bool:
    """Whether there is a newer version than this program."""
    return latest is not None and bool(latest.version) and is_newer(latest.version, __version__)
