"""The kinds of events that journeys record."""

from django.utils.translation import gettext_lazy as _

from wabolt.contacts.registry import EventFact, EventKind, name_lines, names_of, register_event_kinds
from wabolt.journeys.models import Journey

ENTERED, ENDED = "journey_entered", "journey_ended"


_LINES = name_lines(Journey, "journey")
_JOURNEY = EventFact("journey", _("Journey"), names_of(Journey))


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_event_kinds(
        EventKind(ENTERED, _("Entered a journey"), "route", "messages", "primary", lines=_LINES, facts=(_JOURNEY,)),
        EventKind(ENDED, _("Left a journey"), "route", "messages", lines=_LINES, facts=(_JOURNEY,)),
    )
