"""Entries of opt-in in the registries of lower rooms."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.consent.registry import named_by, register_evidence
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    Panel,
    PersonalData,
    names_of,
    register_event_kinds,
    register_panel,
    register_personal_data,
    register_source,
)
from wabolt.messaging.registry import Origin, Responder, register_origin, register_responder
from wabolt.optin.models import EntryPoint, Offer, Placement
from wabolt.optin.panels import offer_panel
from wabolt.optin.queries import claimed_codes
from wabolt.optin.services import answer_numbers, answer_offers, confirm_entries
from wabolt.optin.services.joining import ORIGIN
from wabolt.ui.filters import local_time


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_responder(Responder("list_offer", 20, answer_offers))
    register_responder(Responder("number_request", 28, answer_numbers))
    register_responder(Responder("entry_point", 30, confirm_entries, claims=claimed_codes))
    register_panel(
        Panel("list_offer", _("The list"), "optin/parts/offer.html", offer_panel, slot="conversation", order=200)
    )
    register_origin(
        Origin(
            ORIGIN,
            _("Way in"),
            page=lambda pk: reverse("optin:detail", args=[pk]),
            attribution_window=timedelta(days=30),
        )
    )
    register_source(ORIGIN, _("Way in"))
    register_evidence("entry_point", named_by(EntryPoint, "name"))
    register_evidence("placement", _placement_names)
    register_evidence("offer", named_by(Offer, "offered_at", local_time))
    register_event_kinds(
        EventKind(
            "entry_point_joined",
            _("Joined the list"),
            "user-plus",
            "permission",
            "good",
            _line,
            facts=(EventFact("entry_point", _("Way in"), names_of(EntryPoint)),),
        )
    )
    register_personal_data(
        PersonalData("optin_offer", _("Offers of the list")),
        PersonalData(
            "optin_entry",
            _("Ways in"),
            once=("point_id",),
            count_words=lambda count: ngettext(
                "joined through %(count)s way in", "joined through %(count)s ways in", count
            ),
        ),
    )


def _placement_names(workspace_id: int, ids: Sequence[int]) -> Mapping[int, str]:
    placements = Placement.objects.filter(workspace=workspace_id, pk__in=ids)
    return {
        placement.pk: " · ".join(filter(None, (placement.get_medium_display(), placement.branch, placement.staff)))
        for placement in placements
    }


def _line(data: Mapping[str, object]) -> str:
    point = EntryPoint.objects.filter(pk=str(data.get("entry_point") or 0)).only("name").first()
    return point.name if point else ""
