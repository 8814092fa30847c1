"""Extension points of broadcasts: panels of a broadcast's page, and the source of its revenue."""

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


RevenueSource = Callable[[Workspace, Sequence[Broadcast]], Mapping[int, int]]
"""Returns the revenue of broadcasts by id, in the smallest unit of the workspace's currency."""

_panels: dict[str, Panel] = {}
_revenue: list[RevenueSource] = []


def register_panel(panel: Panel) -> None:
    """Add a panel; called from a room's `AppConfig.ready()`. A second registration of a key replaces the first."""
    _panels[panel.key] = panel


def register_revenue(source: RevenueSource) -> None:
    """Set the source of revenue. The last registration counts."""
    _revenue[:] = [source]


def panels() -> list[Panel]:
    """Return the panels in display order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def revenue_of(workspace: Workspace, broadcasts: Sequence[Broadcast]) -> Mapping[int, int]:
    """Return the revenue of each broadcast; empty without a source."""
    return _revenue[0](workspace, broadcasts) if _revenue else {}
