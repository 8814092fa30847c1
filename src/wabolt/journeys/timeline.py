"""The kinds of events that journeys record."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from wabolt.contacts.registry import EventKind, register_event_kinds
from wabolt.journeys.models import Journey

ENTERED, ENDED = "journey_entered", "journey_ended"


def _names(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The name of the journey of each event; "" for one that was deleted."""
    ids = [pk if type(pk := data.get("journey")) is int else 0 for data in events]
    names = dict(Journey.objects.filter(workspace=workspace_id, pk__in=ids).values_list("pk", "name"))
    return [names.get(pk, "") for pk in ids]


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_event_kinds(
        EventKind(ENTERED, _("Entered a journey"), "route", "messages", "primary", lines=_names),
        EventKind(ENDED, _("Left a journey"), "route", "messages", lines=_names),
    )
