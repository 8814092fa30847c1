"""The strip: one short notice at the top of every page. Rooms register what may need a member at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Strip:
    """One notice: its sentence, its tone ("bad", "warning" or "info"), and the page it leads to. No strip is shown on
    that page or on `home`, the page that lists the notices."""

    text: str
    tone: str
    url: str = ""
    home: str = ""


Source = Callable[[HttpRequest], Sequence[Strip]]
_sources: dict[str, Source] = {}


def register(key: str, source: Source) -> None:
    """Adds a source of strips. It is called once per full page, so it must be one fast query."""
    _sources[key] = source


def build(request: HttpRequest) -> tuple[Strip | None, int]:
    """Returns the strip of this page and the number of further ones, which `Strip.home` lists.

    One strip at a time: two of them fill a third of a phone's screen. Those that lead to the current page are left out.
    """
    found = [strip for key in sorted(_sources) for strip in _sources[key](request)]
    found = [strip for strip in found if request.path not in (strip.url, strip.home)]
    return (found[0], len(found) - 1) if found else (None, 0)
