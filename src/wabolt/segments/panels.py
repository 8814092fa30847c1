"""Where rooms above put their own actions on a segment's page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from wabolt.lib.roles import at_least
from wabolt.segments.models import Segment


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """A button such as "Send a broadcast": `url(segment)` is where it leads, `min_role` who may see it."""

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Segment], str]
    min_role: str = "manager"
    order: int = 100


_actions: dict[str, SegmentAction] = {}


def register_action(action: SegmentAction) -> None:
    """Add an action; a second one of the same key replaces the first."""
    _actions[action.key] = action


def actions_for(role: str) -> list[SegmentAction]:
    """Return the actions that a member of this role may see, in order."""
    seen = [action for action in _actions.values() if at_least(role, action.min_role)]
    return sorted(seen, key=lambda action: (action.order, action.key))
