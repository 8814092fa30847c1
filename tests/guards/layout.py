"""The layers of the rooms, read from pyproject.toml, and the routes of the site."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "wabolt"


@cache
def layers() -> dict[str, int]:
    """{room: layer number}. `lib` is 0; rooms of one layer share a number."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    names = next(contract["layers"] for contract in contracts if contract["id"] == "features")
    rooms: dict[str, int] = {}
    for height, layer in enumerate(reversed(names)):
        for module in layer.split("|"):
            rooms[module.strip().removeprefix("wabolt.")] = height
    return rooms


def may_look_at(room: str, other: str) -> bool:
    """Whether `room` may refer to `other`: `other` is the same room or in a lower layer."""
    heights = layers()
    return room == other or heights[other] < heights[room]


@dataclass(frozen=True)
class Route:
    """One URL pattern: its full name ("contacts:detail"), its view and the names of its parameters."""

    name: str
    view: Callable[..., Any]
    parameters: frozenset[str]
    pattern: str

    @property
    def access(self) -> str | None:
        """The access rule of the view: a role, or "public: <reason>". None if the view declares no rule."""
        return getattr(self.view, "access", None)

    @property
    def is_public(self) -> bool:
        return (self.access or "").startswith("public:")

    @property
    def module(self) -> str:
        return getattr(self.view, "__module__", "")


def routes() -> list[Route]:
    """Every route of the site, including those of third-party apps."""
    return list(_walk(get_resolver().url_patterns, "", "", frozenset()))


def _walk(patterns: list[Any], prefix: str, namespace: str, parameters: frozenset[str]) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        names = parameters | frozenset(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, path, inner, names)
        elif isinstance(pattern, URLPattern):
            yield Route(f"{namespace}{pattern.name}", pattern.callback, names, path)


def our_routes() -> list[Route]:
    """The routes whose views are in this package."""
    return [route for route in routes() if route.module.startswith("wabolt.")]
