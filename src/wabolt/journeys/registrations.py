"""Entries of journeys in the registries of lower rooms."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Target, register_audit
from wabolt.contacts.registry import (
    Discloser,
    EventConsumer,
    PersonalData,
    register_consumer,
    register_discloser,
    register_personal_data,
)
from wabolt.journeys import triggers
from wabolt.journeys.queries.wanted import unwanted
from wabolt.journeys.services.hearing import handle
from wabolt.messaging.registry import Origin, register_origin

WINDOW = timedelta(days=7)
"""Time in which replies and orders count for a message of a journey."""


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_origin(
        Origin(
            "journey",
            _("Journey"),
            page=lambda pk: reverse("journeys:of_step", args=[pk]),
            reply_window=WINDOW,
            attribution_window=WINDOW,
            unwanted=unwanted,
        )
    )
    register_consumer(EventConsumer("journeys", _("Journeys"), handle, from_start=False))
    triggers.register()
    register_personal_data(
        PersonalData(
            "journeys_enrollment", _("Journeys"), once=("journey_id", "entry_key"), keeps=("reason", "entry_key")
        )
    )
    register_discloser(Discloser("journey", _("Web address of a journey")))
    register_audit(
        actions={
            "journey.create": _("Made a journey"),
            "journey.publish": _("Published a journey"),
            "journey.pause": _("Paused a journey"),
            "journey.resume": _("Resumed a journey"),
            "journey.archive": _("Archived a journey"),
            "journey.delete": _("Deleted a draft of a journey"),
            "journey.enroll": _("Let people into a journey"),
            "journey.exit": _("Took people out of a journey"),
            "journey.retry": _("Let stuck people go on in a journey"),
        },
        targets={"journey": Target("journeys.Journey", "name", "journeys:detail")},
    )
