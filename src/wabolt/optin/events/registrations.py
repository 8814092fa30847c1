"""Entries of events in the registries of this room and of lower rooms."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.accounts.registry import register_audit
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    PersonalData,
    names_of,
    register_event_kinds,
    register_personal_data,
)
from wabolt.messaging.registry import Origin, Responder, each, register_origin, register_responder
from wabolt.optin.events import public_views, receivers, segment_fields
from wabolt.optin.events.services import answer_guest, register_by_message
from wabolt.optin.events.services.sending import ORIGIN
from wabolt.optin.models import EntryPoint, ShopEvent
from wabolt.optin.registry import PointKind, register_kind
from wabolt.optin.rules.events import Phase

__all__ = ["receivers", "register"]


_EVENT = EventFact("event", _("Event"), names_of(ShopEvent, "point__name"))


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_kind(
        PointKind(
            key=EntryPoint.Kind.EVENT,
            label=_("Event"),
            hint=_("Registration with seats, waiting list and reminders"),
            icon="calendar-event",
            order=40,
            create="optin:new_event",
            page="optin:event",
            edit="optin:edit_event",
            opens_page=True,
            shown=_is_shown,
            public=public_views.show,
            handle=register_by_message,
        )
    )
    register_responder(Responder("event_guest", 27, each(answer_guest)))
    register_origin(
        Origin(
            ORIGIN,
            _("Event"),
            page=lambda pk: reverse("optin:event", args=[pk]),
            attribution_window=timedelta(days=30),
        )
    )
    _register_event_kinds()
    register_personal_data(
        PersonalData(
            "optin_registration",
            _("Registrations for events"),
            once=("event_id",),
            keeps=("ticket",),
            count_words=lambda count: ngettext(
                "%(count)s registration for an event", "%(count)s registrations for events", count
            ),
        )
    )
    register_audit(
        actions={
            "event.create": _("Made an event"),
            "event.edit": _("Changed an event"),
            "event.cancel": _("Cancelled an event"),
            "event.give_seat": _("Gave a seat at an event"),
            "event.cancel_registration": _("Cancelled a registration for an event"),
            "event.open_door": _("Made a link for helpers at the door"),
            "event.close_door": _("Ended the link for helpers at the door"),
            "event.undo_check_in": _("Took a check-in back"),
        },
        settings={"ticket": _("Ticket")},
    )
    segment_fields.register()


def _is_shown(point: EntryPoint, at: datetime) -> bool:
    """The page of an event offers nothing once registration has ended. Guests have their tickets."""
    return point.event.phase(at) in {Phase.OPEN, Phase.EARLY}


def _titles(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    ids = [data.get("event") for data in events]
    known = [pk for pk in ids if isinstance(pk, int)]
    found = ShopEvent.objects.filter(workspace_id=workspace_id, pk__in=known).values_list("pk", "point__name")
    names = dict(found)
    return [names.get(pk, "") if isinstance(pk, int) else "" for pk in ids]


def _register_event_kinds() -> None:
    register_event_kinds(
        EventKind("event_registered", _("Registered for an event"), "calendar-event", "data", "good",
                  lines=_titles, facts=(_EVENT,)),
        EventKind("event_waiting", _("On the waiting list of an event"), "clock", "data",
                  lines=_titles, facts=(_EVENT,)),
        EventKind("event_cancelled", _("Cancelled a registration"), "x", "data", "warning",
                  lines=_titles, facts=(_EVENT,)),
        EventKind("event_attended", _("Came to an event"), "check", "data", "good",
                  lines=_titles, facts=(_EVENT,)),
        EventKind("event_absent", _("Check-in taken back"), "arrow-back-up", "data",
                  lines=_titles, facts=(_EVENT,)),
    )  # fmt: skip
