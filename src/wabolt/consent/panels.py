"""Consent on the contact page, in the list of contacts and in exports."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.consent import queries, words
from wabolt.consent.models import Consent, ConsentEvent, Purpose
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import EventFact, EventKind, MergePreview, register_event_kinds
from wabolt.lib.spreadsheets import Cell

FILTERS: Mapping[str, tuple[str | Promise, str]] = {
    "granted": (gettext_lazy("Opted in"), queries.MARKETING_ALLOWED_SQL),
    "withdrawn": (
        gettext_lazy("Opted out"),
        f"({queries.MARKETING_REFUSAL_SQL} IN ('opted_out', 'suppressed_number'))",
    ),
    "doubt": (gettext_lazy("Check: may mean stop"), f"({queries.MARKETING_REFUSAL_SQL} = 'stop_doubt')"),
    "restricted": (gettext_lazy("Data not used for now"), f"({queries.MARKETING_REFUSAL_SQL} = 'restricted')"),
    "none": (gettext_lazy("Never asked"), f"({queries.MARKETING_REFUSAL_SQL} = 'no_consent')"),
}


def head(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Returns the consent to promotions for the head of the contact page: state, time and source."""
    status = queries.consent_of(workspace_of(request), contact.pk)
    return {"status": status, "source": words.source_word(status.source) if status.source else ""}


def marks(workspace: Workspace, contact_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Returns the permission mark of each contact of one page of the list."""
    found = queries.statuses(workspace, contact_ids)
    return {contact_id: _mark(status) for contact_id, status in found.items()}


def export_cells(workspace: Workspace, contact_ids: Sequence[int]) -> dict[int, tuple[Cell, ...]]:
    """Returns the column of an export: the consent to promotions in words, and its time."""
    since = dict(
        Consent.objects.filter(workspace=workspace, contact__in=contact_ids, purpose="marketing").values_list(
            "contact", "since"
        )
    )
    words = marks(workspace, contact_ids)
    return {contact_id: (word, since.get(contact_id, "")) for contact_id, (word, _tone) in words.items()}


def merge_preview(workspace: Workspace, kept_id: int, absorbed_id: int) -> MergePreview:
    """Returns the states of two contacts and of the contact after a merge. A stop of either contact stays in
    force."""
    found = queries.statuses(workspace, [kept_id, absorbed_id])
    kept, absorbed = found[kept_id], found[absorbed_id]
    stopped = kept.stopped or absorbed.stopped
    state = "withdrawn" if stopped else kept.state or absorbed.state
    doubted, restricted = kept.doubted or absorbed.doubted, kept.restricted or absorbed.restricted
    merged = queries.ConsentStatus(state, stopped, doubted, restricted=restricted)
    return MergePreview(_("Permission"), _mark(kept), _mark(absorbed), _mark(merged))


def event_line(data: Mapping[str, Any]) -> str:
    """Returns the timeline line of a consent or withdrawal: purpose and source."""
    purpose, source = str(data.get("purpose", "")), str(data.get("source", ""))
    words_of = dict(Purpose.choices)
    return " · ".join(str(part) for part in (words_of.get(purpose, purpose), words.source_word(source)) if part)


def _purposes(_workspace: Workspace) -> Sequence[tuple[Any, str]]:
    return [(key, str(label)) for key, label in Purpose.choices]


_PURPOSE = EventFact("purpose", gettext_lazy("Permission for"), _purposes)


def register_event_lines() -> None:
    """Called from `ConsentConfig.ready`."""
    granted, withdrawn = ConsentEvent.Action.GRANTED.label, ConsentEvent.Action.WITHDRAWN.label
    register_event_kinds(
        EventKind("consent_granted", granted, "circle-check", "permission", "good", event_line, facts=(_PURPOSE,)),
        EventKind("consent_withdrawn", withdrawn, "ban", "permission", "bad", event_line, facts=(_PURPOSE,)),
        EventKind("contact_restricted", gettext_lazy("Data not used for now"), "lock", "permission", "info"),
        EventKind("contact_objected", gettext_lazy("Objects to automatic decisions"), "lock", "permission", "info"),
        EventKind("contact_unrestricted", gettext_lazy("Data may be used again"), "circle-check", "permission", "good"),
    )


def _mark(status: queries.ConsentStatus) -> tuple[str, str]:
    match status.refusal:
        case None:
            return _("Opted in"), "good"
        case "no_consent":
            return _("Never asked"), "neutral"
        case "restricted":
            return _("Data not used for now"), "info"
        case "stop_doubt":
            return _("Check: may mean stop"), "warning"
        case _:
            return _("Opted out"), "bad"
