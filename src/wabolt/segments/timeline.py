"""The kinds of events that segments record, and their personal data."""

from django.utils.translation import gettext_lazy as _

from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    PersonalData,
    name_lines,
    names_of,
    register_event_kinds,
    register_personal_data,
)
from wabolt.segments.models import Segment
from wabolt.segments.services.membership import ENTERED, LEFT

_LINES = name_lines(Segment, "segment")
_SEGMENT = EventFact("segment", _("Segment"), names_of(Segment))


def register() -> None:
    """Called from `SegmentsConfig.ready`."""
    register_event_kinds(
        EventKind(ENTERED, _("Entered a segment"), "users-group", "data", "primary", lines=_LINES, facts=(_SEGMENT,)),
        EventKind(LEFT, _("Left a segment"), "users-group", "data", lines=_LINES, facts=(_SEGMENT,)),
    )
    # After a merge the kept contact is in the segments of both contacts, without events.
    for table, label in (
        ("segments_livemember", _("Segments")),
        ("segments_livedeparture", _("Segments left a moment ago")),
    ):
        register_personal_data(PersonalData(table, label, once=("segment_id",), key="segment_id", fate="deleted"))
