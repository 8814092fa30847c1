"""Segment fields of events: registered for, attended, did not come."""

from dataclasses import replace

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.lib.row_lookups import RowLookup
from wabolt.optin.models import Registration, ShopEvent
from wabolt.segments.registry import (
    ContactRows,
    FieldGroup,
    FieldSpec,
    Kind,
    named_rows,
    register_fields,
    register_lookup,
)

_REGISTERED = ContactRows(
    "optin_registration er", "er.contact_id", here="er.workspace_id = %s", where="er.state = 'registered'"
)
_ATTENDED = replace(_REGISTERED, where="er.checked_in_at IS NOT NULL")
# Only events with a check-in: without a list at the door, the guests who came are unknown.
_MISSED = replace(
    _REGISTERED,
    where=(
        "er.state = 'registered' AND er.checked_in_at IS NULL AND EXISTS ("
        "SELECT 1 FROM optin_shopevent ev"
        " WHERE ev.id = er.event_id AND ev.cancelled_at IS NULL AND ev.ends_at <= now())"
        " AND EXISTS (SELECT 1 FROM optin_registration present"
        " WHERE present.event_id = er.event_id AND present.checked_in_at IS NOT NULL)"
    ),
)
_SEATS = frozenset({"event_registered", "event_waiting", "event_cancelled"})
_AT_THE_DOOR = frozenset({"event_attended", "event_absent"})
_EVENTS = RowLookup(
    "shop event",
    lambda workspace: ShopEvent.objects.filter(workspace=workspace),
    columns=("point__name",),
    newest_first=True,
)


def _events_with_guests_who_missed_them(workspace: Workspace) -> list[int]:
    """The events of `_MISSED`: they have ended, and a guest was checked in."""
    came = Registration.objects.filter(event=OuterRef("pk"), checked_in_at__isnull=False)
    ended = ShopEvent.objects.filter(workspace=workspace, cancelled_at=None, ends_at__lte=Now())
    return list(ended.filter(Exists(came)).order_by("pk").values_list("pk", flat=True))


def _seats() -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "registered for event",
            Kind.TAG,
            "events",
            pgettext("segment", "Registered for event"),
            words={"id": ("terdaftar di acara",)},
            aliases=("registered for", "daftar acara", "terdaftar acara"),
            lookup="shop event",
            leaf=named_rows(_REGISTERED, "er.event_id"),
            changed_by=_SEATS,
            sentences={
                "": pgettext("segment", "registered for {}"),
                "not:": pgettext("segment", "did not register for {}"),
                "in": pgettext("segment", "registered for one of {}"),
                "not:in": pgettext("segment", "registered for none of {}"),
                "is not empty": pgettext("segment", "registered for any event"),
                "is empty": pgettext("segment", "registered for no event"),
            },
        ),
        FieldSpec(
            "attended event",
            Kind.TAG,
            "events",
            pgettext("segment", "Attended event"),
            words={"id": ("hadir di acara",)},
            aliases=("attended", "came to", "hadir acara"),
            lookup="shop event",
            leaf=named_rows(_ATTENDED, "er.event_id"),
            changed_by=_AT_THE_DOOR | _SEATS,  # a cancellation takes the check-in back
            sentences={
                "": pgettext("segment", "attended {}"),
                "not:": pgettext("segment", "did not attend {}"),
                "in": pgettext("segment", "attended one of {}"),
                "not:in": pgettext("segment", "attended none of {}"),
                "is not empty": pgettext("segment", "attended any event"),
                "is empty": pgettext("segment", "attended no event"),
            },
        ),
    )


def _missed() -> FieldSpec:
    return FieldSpec(
        "missed event",
        Kind.TAG,
        "events",
        pgettext("segment", "Registered but did not come"),
        words={"id": ("absen di acara",)},
        aliases=("missed", "did not come", "no-show", "tidak hadir di acara"),
        lookup="shop event",
        leaf=named_rows(_MISSED, "er.event_id"),
        changed_by=_AT_THE_DOOR | _SEATS,
        facts=_events_with_guests_who_missed_them,
        sentences={
            "": pgettext("segment", "registered for {} but did not come"),
            "not:": pgettext("segment", "did not miss {}"),
            "in": pgettext("segment", "registered for one of {} but did not come"),
            "not:in": pgettext("segment", "missed none of {}"),
            "is not empty": pgettext("segment", "missed any event"),
            "is empty": pgettext("segment", "missed no event"),
        },
    )


def register() -> None:
    """Called from `registrations.register`."""
    register_lookup(_EVENTS)
    register_fields(FieldGroup("events", pgettext("segment", "Events"), 46), *_seats(), _missed())
