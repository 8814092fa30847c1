"""The timeline of a contact."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.registry import GROUPS, event_kind
from wabolt.lib.keyset import Cursor, cursor_of


@dataclass(frozen=True, slots=True)
class TimelinePage:
    events: list[Event]
    next: str
    """The position of the next older page (`lib.keyset`); empty at the end."""


# Events cannot move to another contact, so the events of merged contacts are read together with its own.
_JOINED = """contact_id = ANY(ARRAY(
    WITH RECURSIVE joined (id) AS (
        SELECT %s::bigint UNION
        SELECT m.absorbed_id FROM contacts_merge m JOIN joined ON m.kept_id = joined.id WHERE m.undone_at IS NULL)
    SELECT id FROM joined))"""


def _events_of(workspace: Workspace, contact: Contact) -> QuerySet[Event]:
    rows = Event.objects.filter(workspace=workspace)
    return rows.extra(where=[_JOINED], params=[contact.pk])  # noqa: S610 - a constant of this module


def timeline(
    workspace: Workspace, contact: Contact, *, kinds: Sequence[str] = (), after: str = "", limit: int = 30
) -> TimelinePage:
    """Returns the events of a contact, newest first, one page at a time. An invalid `after` is ignored."""
    rows = _events_of(workspace, contact)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    cursor = cursor_of(after)
    if cursor is not None:
        rows = rows.extra(where=["(time, id) < (%s, %s)"], params=[cursor.at, cursor.pk])
    page = list(rows.order_by("-time", "-id")[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return TimelinePage(page, str(Cursor(page[-1].time, page[-1].id)) if more else "")


def kinds_of(workspace: Workspace, contact: Contact) -> list[str]:
    """Returns the kinds of event that this contact has, for the filter of the timeline."""
    rows = _events_of(workspace, contact).order_by("kind")
    return list(rows.values_list("kind", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event in words, as the timeline shows it."""

    event: Event
    title: str
    icon: str
    tone: str
    line: str


def describe_events(events: Sequence[Event]) -> list[TimelineEntry]:
    """Returns events of one workspace in words. An unregistered kind shows its own key."""
    data = [event.data if isinstance(event.data, dict) else {} for event in events]
    kinds = [event_kind(event.kind) for event in events]
    lines = [kind.line(values) for kind, values in zip(kinds, data, strict=True)]
    for load in {kind.lines for kind in kinds if kind.lines is not None}:
        places = [place for place, kind in enumerate(kinds) if kind.lines == load]
        loaded = load(events[0].workspace_id, [data[place] for place in places])
        for place, line in zip(places, loaded, strict=True):
            lines[place] = line
    return [
        TimelineEntry(event, str(kind.label), kind.icon, kind.tone, line)
        for event, kind, line in zip(events, kinds, lines, strict=True)
    ]


def kinds_in(group: str, present: Sequence[str]) -> list[str]:
    """Returns the kinds of `present` that belong to a group (a key of `registry.GROUPS`); all of them for an unknown
    group."""
    return [kind for kind in present if group not in GROUPS or event_kind(kind).group == group]
