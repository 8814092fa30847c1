"""Entries of broadcasts in the registries of lower rooms: data, origins, and ways to a new broadcast."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wabolt.broadcasts.views.ticked import broadcast_to
from wabolt.contacts.registry import BulkAction, PersonalData, register_bulk_action, register_personal_data
from wabolt.imports.registry import NextStep, register_next_step
from wabolt.messaging.registry import Origin, register_origin
from wabolt.segments.registry import SegmentAction, register_action

WINDOW = timedelta(days=7)
"""Time in which replies and orders count for a broadcast, unless it has an attribution window of its own."""


def register() -> None:
    """Registers all of them. `BroadcastsConfig.ready` calls it."""
    register_personal_data(
        PersonalData("broadcasts_recipient", _("Broadcasts"), once=("broadcast_id",), keeps=("reason",))
    )
    register_origin(
        Origin(
            "broadcast",
            _("Broadcast"),
            page=lambda pk: reverse("broadcasts:detail", args=[pk]),
            reply_window=WINDOW,
            attribution_window=WINDOW,
        )
    )
    register_origin(Origin("test", _("Test message")))
    _register_ways_to_a_broadcast()


def _register_ways_to_a_broadcast() -> None:
    """Buttons of other rooms that lead to the composer."""
    register_next_step(
        NextStep(
            "broadcast", _("Write a broadcast"), "speakerphone", lambda _imported: reverse("broadcasts:new"), order=30
        )
    )
    register_action(
        SegmentAction(
            key="broadcast",
            label=_("Send a broadcast"),
            icon="send",
            url=lambda segment: f"{reverse('broadcasts:new')}?segment={segment.pk}",
        )
    )
    register_bulk_action(BulkAction("broadcast", _("Send a broadcast"), "send", broadcast_to))
