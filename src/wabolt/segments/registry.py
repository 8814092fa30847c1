"""The registry of segments: fields, actions on a segment's page, uses of live segments, and conditions of other rooms.

Rooms below segments register the same way in `wabolt.lib.segmentation`, because imports point downward only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
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
    """A use of a live segment, for example a journey that it starts. `text`: its name for people; `url`: its page, ""
    for none."""

    text: str
    url: str = ""


DescribeUses = Callable[[Workspace, Sequence[int]], Mapping[int, UseOfSegment]]
"""Returns the uses with these ids by id. A use that no longer exists may be missing."""

_uses: dict[str, DescribeUses] = {}


def register_live_use(kind: str, describe: DescribeUses) -> None:
    """Adds a kind of use. The reason that `services.keep_live` gets is "kind:id". A second registration of a kind
    replaces the first."""
    _uses[kind] = describe


def describe_reasons(workspace: Workspace, reasons: Iterable[str]) -> list[UseOfSegment]:
    """Returns the uses behind the reasons, in order of their kinds and ids. The switch on the page is
    not a use."""
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


@dataclass(frozen=True, slots=True)
class HeldCondition:
    """A condition of another room, such as a branch of a journey.

    `text`: the condition in the segment language, "" for none yet. `title` and `question`: texts of the page that edits
    it. `back`: the URL of the page to which it belongs.
    """

    text: str
    title: str
    question: str
    back: str


@dataclass(frozen=True, slots=True)
class ConditionPlace:
    """A kind of things that hold conditions. Members build such a condition on the page `segments:condition`, with the
    same builder as a segment.

    `load(request, where)`: the condition; None if there is no such place in the workspace. `store(request, where,
    text)`: stores a complete condition; raises DomainError.
    """

    key: str
    load: Callable[[HttpRequest, str], HeldCondition | None]
    store: Callable[[HttpRequest, str, str], None]


_places: dict[str, ConditionPlace] = {}


def register_condition_place(place: ConditionPlace) -> None:
    """Adds a kind. A second registration of a key replaces the first."""
    _places[place.key] = place


def condition_place(key: str) -> ConditionPlace | None:
    """Returns the kind with this key, or None."""
    return _places.get(key)


FindTexts = Callable[[Workspace, str], Sequence[UseOfSegment]]
"""Returns the things that ask about the segment with this name in a text of their own."""

_texts: list[FindTexts] = []


def register_text_use(find: FindTexts) -> None:
    """Adds a kind of objects that store conditions as texts, such as journeys. A segment in such a text can be neither
    renamed nor deleted."""
    if find not in _texts:
        _texts.append(find)


def text_uses(workspace: Workspace, name: str) -> list[UseOfSegment]:
    """Returns the things of other rooms that ask about the segment with this name."""
    return [use for find in _texts for use in find(workspace, name)]


_actions: dict[str, SegmentAction] = {}


def register_action(action: SegmentAction) -> None:
    """Adds an action. A second registration of a key replaces the first."""
    _actions[action.key] = action


def actions_for(role: str) -> list[SegmentAction]:
    """Returns the actions that a member of this role may see, in order."""
    allowed = [action for action in _actions.values() if at_least(role, action.min_role)]
    return sorted(allowed, key=lambda action: (action.order, action.key))


__all__ = [
    "NOBODY",
    "Condition",
    "ConditionPlace",
    "ContactRows",
    "Context",
    "FieldGroup",
    "FieldSpec",
    "HeldCondition",
    "JoinedTable",
    "Kind",
    "SegmentAction",
    "Sql",
    "UseOfSegment",
    "actions_for",
    "condition_place",
    "describe_reasons",
    "exists",
    "found",
    "moment",
    "named_rows",
    "register_action",
    "register_condition_place",
    "register_field_source",
    "register_fields",
    "register_live_use",
    "register_lookup",
    "register_table",
    "register_text_use",
    "text_uses",
]
