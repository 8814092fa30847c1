"""Where rooms above put their own pieces on a broadcast's page and into the list of broadcasts, and what broadcasts put
into the search of the shell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import broadcasts
from wabolt.ui.search import Hit


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the broadcast page, rendered with `panel` = what `context(request, broadcast)` answers."""

    key: str
    template: str
    context: Callable[[HttpRequest, Broadcast], dict[str, Any]]
    order: int = 100


Column = Callable[[Workspace, Sequence[Broadcast]], Mapping[int, int]]
"""Revenue of each broadcast of one page of the list, by id, in the smallest unit of the workspace's currency."""

_panels: dict[str, Panel] = {}
_revenue: list[Column] = []


def register(panel: Panel) -> None:
    """Adds a panel; called from a room's `AppConfig.ready()`. The same key again replaces it."""
    _panels[panel.key] = panel


def register_revenue(column: Column) -> None:
    """Says what broadcasts earned; there is one such source, and the last registered counts."""
    _revenue[:] = [column]


def panels() -> list[Panel]:
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def revenue_of(workspace: Workspace, broadcasts: Sequence[Broadcast]) -> Mapping[int, int]:
    return _revenue[0](workspace, broadcasts) if _revenue else {}


def find_broadcasts(request: HttpRequest, words: str, limit: int) -> list[Hit]:
    """Broadcasts for the search of the shell, newest first."""
    found = broadcasts(workspace_of(request)).filter(name__icontains=words)[:limit]
    return [Hit(item.name, reverse("broadcasts:detail", args=[item.pk]), item.get_state_display()) for item in found]
