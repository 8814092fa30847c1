"""Actions of other rooms on the contacts that are ticked in the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from wabolt.lib.roles import at_least


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the bulk bar.

    `act(request, contact_ids)` returns the response. The ids belong to the request's workspace and are at most as many
    as `views.bulk` changes at once. `min_role`: the lowest role that sees the button.
    """

    key: str
    label: str | Promise
    icon: str
    act: Callable[[HttpRequest, Sequence[int]], HttpResponse]
    min_role: str = "manager"


_actions: dict[str, BulkAction] = {}


def register_bulk_action(action: BulkAction) -> None:
    """Adds a button. A second registration of a key replaces the first."""
    _actions[action.key] = action


def bulk_actions_for(role: str) -> list[BulkAction]:
    """The buttons of a member with this role."""
    return [action for action in _actions.values() if at_least(role, action.min_role)]
