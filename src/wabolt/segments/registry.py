"""The registry of segments: fields, and actions on a segment's page.

Rooms below segments register the same way in `wabolt.lib.segmentation`, because imports point downward only.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from wabolt.lib.roles import at_least
from wabolt.lib.segmentation import (
    NOBODY,
    Condition,
    ContactRows,
    Context,
    FieldGroup,
    FieldSpec,
    JoinedTable,
    Kind,
    Sql,
    exists,
    found,
    moment,
    named_rows,
    register_field_source,
    register_fields,
    register_lookup,
    register_table,
)
from wabolt.segments.models import Segment


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """A button on a segment's page, such as "Send a broadcast". `url(segment)`: where it leads; `min_role`: the lowest
    role that sees it."""

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Segment], str]
    min_role: str = "manager"
    order: int = 100


_actions: dict[str, SegmentAction] = {}


def register_action(action: SegmentAction) -> None:
    """Adds an action. A second registration of a key replaces the first."""
    _actions[action.key] = action


def actions_for(role: str) -> list[SegmentAction]:
    """The actions that a member of this role may see, in order."""
    allowed = [action for action in _actions.values() if at_least(role, action.min_role)]
    return sorted(allowed, key=lambda action: (action.order, action.key))


__all__ = [
    "NOBODY",
    "Condition",
    "ContactRows",
    "Context",
    "FieldGroup",
    "FieldSpec",
    "JoinedTable",
    "Kind",
    "SegmentAction",
    "Sql",
    "actions_for",
    "exists",
    "found",
    "moment",
    "named_rows",
    "register_action",
    "register_field_source",
    "register_fields",
    "register_lookup",
    "register_table",
]
