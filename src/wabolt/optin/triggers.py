"""The trigger of journeys that this room adds: a customer joined the list through an entry point."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.registry import Occasion, TriggerKind, register_trigger
from wabolt.lib.errors import DomainError
from wabolt.optin.models import EntryPoint

Settings = Mapping[str, Any]
JOINED = "entry_point_joined"
TAKING_PART = ("event_registered", "giveaway_entered")
"""Registering for an event, or entering a giveaway, joins no list. It starts only journeys that name it."""


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_trigger(
        TriggerKind(
            "joined", gettext_lazy("Joins your list"), "user-plus", _sentence,
            event_kinds=lambda _settings: (JOINED, *TAKING_PART), occasion=_occasion, fields=_fields,
            check=_checked, order=5,
        )
    )  # fmt: skip


def _occasion(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    entry_point = settings.get("entry_point")
    if not entry_point:
        return Occasion() if event.kind == JOINED else None
    return Occasion() if event.data.get("entry_point") == entry_point else None


def _points(workspace: Workspace) -> list[tuple[int, str]]:
    return list(EntryPoint.objects.filter(workspace=workspace).order_by("name").values_list("pk", "name"))


def _fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    return {
        "entry_point": forms.TypedChoiceField(
            label=gettext_lazy("Through which way in"), required=False, coerce=int, empty_value=None,
            choices=[("", gettext_lazy("Any")), *_points(workspace)],
        )
    }  # fmt: skip


def _checked(workspace: Workspace, settings: Settings) -> Settings:
    entry_point = settings.get("entry_point")
    if not entry_point:
        return {}
    if entry_point not in dict(_points(workspace)):
        raise DomainError(_("There is no such way in."), code="unknown_entry_point", field="entry_point")
    return {"entry_point": entry_point}


def _sentence(workspace: Workspace, settings: Settings) -> str:
    name = dict(_points(workspace)).get(settings.get("entry_point") or 0)
    return _("When they join through “%(name)s”") % {"name": name} if name else _("When they join your list")
