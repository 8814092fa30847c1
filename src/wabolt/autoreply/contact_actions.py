"""The actions on contacts that this room offers: start a chat form, hand over to a person."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ChatForm
from wabolt.autoreply.queries.chat_forms import list_chat_forms
from wabolt.autoreply.services import START_FORM, START_REASONS, start_chat_form, take_over
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Conversation

Params = Mapping[str, Any]


def register() -> None:
    """Called from `AutoreplyConfig.ready`."""
    register_contact_action(
        ContactAction(
            START_FORM, gettext_lazy("Start a chat form"), "checklist", _start, _start_sentence,
            fields=_form_fields, check=_checked_form, reasons=START_REASONS, offered=_has_forms,
            asks=True, order=60,
        ),
        ContactAction(
            "autoreply.hand_over", gettext_lazy("Let a person go on"), "user", _hand_over, _hand_over_sentence,
            reasons={"no_chat": START_REASONS["no_chat"]}, order=90,
        ),
    )  # fmt: skip


def _has_forms(workspace: Workspace) -> bool:
    return ChatForm.objects.filter(workspace=workspace, deleted_at=None).exists()


def _form_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    choices = [(str(form.pk), form.name) for form in list_chat_forms(workspace)]
    return {"form": forms.ChoiceField(label=gettext_lazy("Chat form"), choices=choices)}


def _form(workspace: Workspace, params: Params) -> ChatForm | None:
    number = str(params.get("form", ""))
    found = ChatForm.objects.filter(workspace=workspace, pk=number if number.isdecimal() else 0, deleted_at=None)
    return found.first()


def _checked_form(workspace: Workspace, params: Params) -> Params:
    form = _form(workspace, params)
    if form is None:
        raise DomainError(_("There is no such chat form."), code="unknown_form", field="form")
    return {"form": str(form.pk)}


def _start(run: ActionRun) -> Mapping[int, str]:
    form = _form(run.workspace, run.params)
    if form is None:
        raise DomainError(_("There is no such chat form."), code="unknown_form", field="form")
    left_out: dict[int, str] = {}
    by_key: dict[str, list[int]] = {}
    for contact, key in run.keys.items():
        by_key.setdefault(key, []).append(contact)
    for key, contacts in by_key.items():
        left_out |= start_chat_form(
            workspace=run.workspace, form=form, contact_ids=contacts, started_by=run.origin[0], key=key
        )
    return left_out


def _start_sentence(workspace: Workspace, params: Params) -> str:
    form = _form(workspace, params)
    return _("Start the chat form “%(name)s”") % {"name": form.name if form else "?"}


def _hand_over(run: ActionRun) -> Mapping[int, str]:
    rows = Conversation.objects.filter(workspace=run.workspace, contact__in=run.contact_ids)
    latest = {row.contact_id: row for row in rows.order_by("contact", "last_inbound_at")}
    for conversation in latest.values():
        take_over(conversation=conversation)
    return dict.fromkeys(set(run.contact_ids) - latest.keys(), "no_chat")


def _hand_over_sentence(_workspace: Workspace, _params: Params) -> str:
    return _("Let a person of the team go on")
