"""Extension points of broadcasts: panels of a page, notes on the check page, and the source of revenue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the broadcast page. `template` is rendered with `panel` = `context(request, broadcast)`."""

    key: str
    template: str
    context: Callable[[HttpRequest, Broadcast], dict[str, Any]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class CheckNote:
    """A warning on a check page. `link`: the words of the link to `url`."""

    title: str
    text: str
    url: str
    link: str


CheckNoteSource = Callable[[Broadcast, int], CheckNote | None]
"""Returns the warning about a draft that so many people would get; None: no warning."""
RevenueSource = Callable[[Workspace, Sequence[Broadcast]], Mapping[int, int]]
"""Returns the revenue of broadcasts by id, in the smallest unit of the workspace's currency."""

_panels: dict[str, Panel] = {}
_notes: dict[str, CheckNoteSource] = {}
_revenue: list[RevenueSource] = []


def register_panel(panel: Panel) -> None:
    """Adds a panel; called from a room's `AppConfig.ready()`. A second registration of a key replaces the first."""
    _panels[panel.key] = panel


def register_check_note(key: str, source: CheckNoteSource) -> None:
    """Adds a source of warnings. A second registration of a key replaces the first."""
    _notes[key] = source


def check_notes(broadcast: Broadcast, recipients: int) -> list[CheckNote]:
    """Returns the warnings about a draft that so many people would get."""
    return [note for key in sorted(_notes) if (note := _notes[key](broadcast, recipients)) is not None]


def register_revenue(source: RevenueSource) -> None:
    """Sets the source of revenue. The last registration counts."""
    _revenue[:] = [source]


def panels() -> list[Panel]:
    """Returns the panels in display order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def revenue_of(workspace: Workspace, broadcasts: Sequence[Broadcast]) -> Mapping[int, int]:
    """Returns the revenue of each broadcast; empty without a source."""
    return _revenue[0](workspace, broadcasts) if _revenue else {}
