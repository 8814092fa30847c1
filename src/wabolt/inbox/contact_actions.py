"""The actions on contacts that this room offers: tell the team about them, and assign them to a member."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import open_alert
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.inbox.queries import assignees
from wabolt.inbox.services import ASSIGNED, NOT_ASSIGNED, assign_newest
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.ui.filters import number_id

LOOK = "inbox.look"
LONGEST = 200
MOST_NAMED = 50
"""Contacts that one alert remembers, so that a person is counted once."""


def register_actions() -> None:
    """Registers the actions and their alerts; called from `InboxConfig.ready`."""
    label = gettext_lazy("A customer whom you should look at")
    register(
        AlertKind(
            LOOK, label, _alert_sentence, "warning", _page, "agent", channels=("push",), ends_after=timedelta(days=1)
        ),
        AlertKind(
            ASSIGNED, gettext_lazy("A conversation that is yours now"), _assigned_sentence, "info", _assigned_page,
            "agent", channels=("push",), ends_after=timedelta(days=1), member=_assigned_member,
        ),
    )  # fmt: skip
    register_contact_action(
        ContactAction(
            "inbox.tell_team", gettext_lazy("Tell the team"), "bell", _tell, _sentence, fields=_fields, check=_checked,
            order=80,
        ),
        ContactAction(
            "inbox.assign", gettext_lazy("Assign to a member"), "user-plus", _assign, _assign_sentence,
            fields=_member_fields, check=_checked_member, reasons=NOT_ASSIGNED, order=88,
        ),
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


def _member(workspace: Workspace, params: Mapping[str, Any]) -> User | None:
    return next((user for user in assignees(workspace) if str(user.pk) == str(params.get("member", ""))), None)


def _member_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    choices = [(str(user.pk), str(user)) for user in assignees(workspace)]
    return {"member": forms.ChoiceField(label=gettext_lazy("Member"), choices=choices)}


def _member_or_refused(workspace: Workspace, params: Mapping[str, Any]) -> User:
    user = _member(workspace, params)
    if user is None:
        raise DomainError(_("Choose a member who answers customers."), code="no_member", field="member")
    return user


def _checked_member(workspace: Workspace, params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"member": str(_member_or_refused(workspace, params).pk)}


def _assign(run: ActionRun) -> Mapping[int, str]:
    user = _member_or_refused(run.workspace, run.params)
    return assign_newest(workspace=run.workspace, contact_ids=run.contact_ids, to=user, origin=run.origin)


def _assign_sentence(workspace: Workspace, params: Mapping[str, Any]) -> str:
    return _("Assign to %(name)s") % {"name": _member(workspace, params) or _("a person who has left")}


def _assigned_sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 1)
    words = ngettext("%(count)s conversation is yours now.", "%(count)s conversations are yours now.", count)
    return words % {"count": number_id(count)}


def _assigned_page(_subject: str, data: Mapping[str, Any]) -> str:
    conversation = data.get("conversation")
    return reverse("inbox:conversation", args=[conversation]) if conversation else f"{reverse('inbox:list')}?show=mine"


def _assigned_member(_subject: str, data: Mapping[str, Any]) -> int | None:
    user = data.get("user")
    return user if isinstance(user, int) else 0
