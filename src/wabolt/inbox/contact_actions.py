"""The action on contacts that this room offers: tell the team about them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import open_alert
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.ui.filters import number_id

LOOK = "inbox.look"
LONGEST = 200
MOST_NAMED = 50
"""Contacts that one alert remembers, so that a person is counted once."""


def register_actions() -> None:
    """Registers the action and its alert; called from `InboxConfig.ready`."""
    label = gettext_lazy("A customer whom you should look at")
    register(
        AlertKind(
            LOOK, label, _alert_sentence, "warning", _page, "agent", channels=("push",), ends_after=timedelta(days=1)
        )
    )
    register_contact_action(
        ContactAction(
            "inbox.tell_team", gettext_lazy("Tell the team"), "bell", _tell, _sentence, fields=_fields, check=_checked,
            order=80,
        )
    )  # fmt: skip


def _fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    help_text = gettext_lazy("For example: wants to become a reseller.")
    return {"text": forms.CharField(label=gettext_lazy("What is it about?"), max_length=LONGEST, help_text=help_text)}


def _checked(_workspace: Workspace, params: Mapping[str, Any]) -> Mapping[str, Any]:
    text = clean(storable(str(params.get("text", ""))))
    if not 1 <= len(text) <= LONGEST:
        raise DomainError(_("Write 1 to 200 characters."), code="bad_text", field="text")
    return {"text": text}


def _sentence(_workspace: Workspace, params: Mapping[str, Any]) -> str:
    return _("Tell the team: %(text)s") % {"text": params.get("text", "")}


def _tell(run: ActionRun) -> Mapping[int, str]:
    """Opens one alert for what ran the action. Further contacts are added to it, each once."""
    known = Contact.objects.filter(workspace=run.workspace, pk__in=run.contact_ids, erased_at=None)
    subject = f"{run.origin[0]}:{run.origin[1]}"
    alert = Alert.objects.filter(workspace=run.workspace, kind=LOOK, subject=subject, resolved_at=None).first()
    before = alert.data if alert is not None else {}
    named = [pk for pk in before.get("contacts", []) if isinstance(pk, int)]
    new = sorted(set(known.values_list("pk", flat=True)) - set(named))
    if new:
        data = {
            "text": run.params.get("text", ""), "count": int(before.get("count", 0)) + len(new),
            "contacts": [*named, *new][-MOST_NAMED:],
        }  # fmt: skip
        open_alert(workspace=run.workspace, kind=LOOK, subject=subject, data=data)
    return {}


def _alert_sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 1)
    words = ngettext("%(text)s (%(count)s customer)", "%(text)s (%(count)s customers)", count)
    return words % {"text": data.get("text") or _("Please look at a customer"), "count": number_id(count)}


def _page(_subject: str, data: Mapping[str, Any]) -> str:
    contacts = data.get("contacts") or []
    return reverse("contacts:detail", args=[contacts[0]]) if len(contacts) == 1 else reverse("inbox:list")
