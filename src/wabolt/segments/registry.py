"""The registry of segments: fields, actions on a segment's page, and the things that need live segments.

Rooms below segments register the same way in `wabolt.lib.segmentation`, because imports point downward only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
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


@dataclass(frozen=True, slots=True)
class UseOfSegment:
    """A thing that needs a live segment, for example a journey that it starts. `text`: its name for people; `url`: its
    page, "" for none."""

    text: str
    url: str = ""


DescribeUses = Callable[[Workspace, Sequence[int]], Mapping[int, UseOfSegment]]
"""Returns by id what the things with these ids are called. Things that no longer exist may be missing."""

_uses: dict[str, DescribeUses] = {}


def register_live_use(kind: str, describe: DescribeUses) -> None:
    """Adds a kind of things that need live segments. The reason that `services.keep_live` gets is "kind:id". A second
    registration of a kind replaces the first."""
    _uses[kind] = describe


def describe_reasons(workspace: Workspace, reasons: Iterable[str]) -> list[UseOfSegment]:
    """The things behind the reasons, in order of their kinds and ids. The switch on the page is no such thing."""
    ids: dict[str, list[int]] = {}
    for kind, _colon, number in (reason.partition(":") for reason in reasons):
        if number:
            ids.setdefault(kind, []).append(int(number))
    return [
        found.get(pk) or UseOfSegment(f"{kind} {pk}")
        for kind in sorted(ids)
        for found in [_uses[kind](workspace, ids[kind]) if kind in _uses else {}]
        for pk in sorted(ids[kind])
    ]


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
    "UseOfSegment",
    "actions_for",
    "describe_reasons",
    "exists",
    "found",
    "moment",
    "named_rows",
    "register_action",
    "register_field_source",
    "register_fields",
    "register_live_use",
    "register_lookup",
    "register_table",
]
