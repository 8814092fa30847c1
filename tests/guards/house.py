"""What the guards know about the house: its storeys (from pyproject.toml) and its routes."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "wabolt"


def storeys() -> dict[str, int]:
    """{room: how high it lies}; rooms of one storey have the same number. `lib` is the lowest."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "features")
    rooms: dict[str, int] = {}
    for height, layer in enumerate(reversed(layers)):
        for module in layer.split("|"):
            rooms[module.strip().removeprefix("wabolt.")] = height
    return rooms


def may_look_at(room: str, other: str) -> bool:
    """Whether `room` may know of `other`: itself and what lies on a lower storey."""
    heights = storeys()
    return room == other or heights[other] < heights[room]


@dataclass(frozen=True)
class Route:
    """One URL pattern: its full name ("contacts:detail"), the view, and the names of its parameters."""

    name: str
    view: Callable[..., Any]
    parameters: frozenset[str]
    pattern: str

    @property
    def access(self) -> str | None:
        """What the view says about who may enter: a role, or "public: why"; None when it says nothing."""
        return getattr(self.view, "access", None)

    @property
    def is_public(self) -> bool:
        return (self.access or "").startswith("public:")

    @property
    def module(self) -> str:
        return getattr(self.view, "__module__", "")


def routes() -> list[Route]:
    """Every route of the house, those of Django apps included."""
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
    """The routes whose views we wrote."""
    return [route for route in routes() if route.module.startswith("wabolt.")]
