"""Alerts about draws after a restore."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register

UNCERTAIN, UNKNOWN = "giveaway.uncertain_draw", "giveaway.unknown_winner"
_SHOWN_FOR = timedelta(days=30)


def register_alerts() -> None:
    """Registers the kinds; called from `OptinConfig.ready`."""
    register(
        AlertKind(
            UNCERTAIN, gettext_lazy("A draw may have taken place already"), _uncertain, "warning", _page, "manager",
            advice=_compare, ends_after=_SHOWN_FOR,
        ),
        AlertKind(
            UNKNOWN, gettext_lazy("A winner is unknown after a restore"), _unknown, "warning", _page, "manager",
            advice=_look, ends_after=_SHOWN_FOR,
        ),
    )  # fmt: skip


def _uncertain(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", "")), "made": str(data.get("made", ""))}
    return _("The draw “%(name)s” comes from a backup of %(made)s. It may have taken place since then.") % values


def _compare(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Look for messages to winners on the shop's phone before you draw: a second draw can have other winners.")


def _unknown(_subject: str, data: Mapping[str, Any]) -> str:
    values = {name: str(data.get(name, "")) for name in ("name", "tickets", "numbers")}
    if values["numbers"]:
        return _("“%(name)s”: entrant number %(numbers)s has won and is not in the backup.") % values
    return _("“%(name)s”: the person with ticket %(tickets)s has won and is not in the backup.") % values


def _look(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("The prize stays theirs. Find the message to them on the shop's phone.")


def _page(subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("optin:giveaway", args=[int(subject)]) if subject.isdigit() else reverse("optin:list")
