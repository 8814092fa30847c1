"""The actions on contacts that journeys offer to rules, chat forms and other journeys: starting and ending one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries import START_JOURNEY
from wabolt.journeys.services import Entrant, end_for_contacts, enroll
from wabolt.lib.errors import DomainError

Params = Mapping[str, Any]
_WORKING = (Journey.State.ACTIVE, Journey.State.PAUSED)


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_contact_action(
        ContactAction(
            START_JOURNEY, gettext_lazy("Start a journey"), "route", _start, _start_sentence, fields=_fields,
            check=_checked, offered=_has_journeys, order=60,
            reasons={"not_let_in": gettext_lazy("is inside already, or may not enter again yet")},
        ),
        ContactAction(
            "journeys.end", gettext_lazy("End a journey"), "route-off", _end, _end_sentence, fields=_fields,
            check=_checked, offered=_has_journeys, order=70,
            reasons={"not_inside": gettext_lazy("is not in this journey")},
        ),
    )  # fmt: skip


def _journeys(workspace: Workspace) -> dict[int, str]:
    return dict(
        Journey.objects.filter(workspace=workspace, state__in=_WORKING).order_by("name").values_list("pk", "name")
    )


def _has_journeys(workspace: Workspace) -> bool:
    return bool(_journeys(workspace))


def _fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    choices = list(_journeys(workspace).items())
    return {"journey": forms.TypedChoiceField(label=gettext_lazy("Journey"), choices=choices, coerce=int)}


def _checked(workspace: Workspace, params: Params) -> Params:
    if params.get("journey") not in _journeys(workspace):
        raise DomainError(_("Choose a journey that is published."), code="unknown_journey", field="journey")
    return {"journey": params["journey"]}


def _journey(run: ActionRun) -> Journey:
    found = Journey.objects.filter(workspace=run.workspace, pk=run.params.get("journey") or 0, state__in=_WORKING)
    journey = found.select_related("workspace").first()
    if journey is None:
        raise DomainError(_("Choose a journey that is published."), code="unknown_journey", field="journey")
    return journey


def _start(run: ActionRun) -> Mapping[int, str]:
    journey = _journey(run)
    enrollments = Enrollment.objects.filter(journey=journey, contact__in=run.contact_ids)
    newest = enrollments.aggregate(newest=Max("pk"))["newest"] or 0
    enroll(journey=journey, entrants=[Entrant(contact) for contact in run.contact_ids])
    fresh = set(enrollments.filter(pk__gt=newest).values_list("contact", flat=True))
    return {contact: "not_let_in" for contact in run.contact_ids if contact not in fresh}


def _end(run: ActionRun) -> Mapping[int, str]:
    ended = end_for_contacts(journey=_journey(run), contact_ids=run.contact_ids)
    return {contact: "not_inside" for contact in run.contact_ids if contact not in ended}


def _name(workspace: Workspace, params: Params) -> str:
    return _journeys(workspace).get(params.get("journey") or 0, "?")


def _start_sentence(workspace: Workspace, params: Params) -> str:
    return _("Start the journey “%(name)s”") % {"name": _name(workspace, params)}


def _end_sentence(workspace: Workspace, params: Params) -> str:
    return _("End the journey “%(name)s”") % {"name": _name(workspace, params)}
