"""The kinds of events that segments record, and their personal data."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from wabolt.contacts.registry import EventKind, PersonalData, register_event_kinds, register_personal_data
from wabolt.segments.models import Segment
from wabolt.segments.services.membership import ENTERED, LEFT


def _names(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The name of the segment of each event; "" for one that was deleted."""
    ids = [pk if type(pk := data.get("segment")) is int else 0 for data in events]
    names = dict(Segment.objects.filter(workspace=workspace_id, pk__in=ids).values_list("pk", "name"))
    return [names.get(pk, "") for pk in ids]


def register() -> None:
    """Called from `SegmentsConfig.ready`."""
    register_event_kinds(
        EventKind(ENTERED, _("Entered a segment"), "users-group", "data", "primary", lines=_names),
        EventKind(LEFT, _("Left a segment"), "users-group", "data", lines=_names),
    )
    # After a merge the kept contact is in the segments of both; it has not entered those of the other one.
    for table, label in (
        ("segments_livemember", _("Segments")),
        ("segments_livedeparture", _("Segments left a moment ago")),
    ):
        register_personal_data(PersonalData(table, label, once=("segment_id",), key="segment_id", fate="deleted"))
