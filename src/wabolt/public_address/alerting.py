"""The kinds of alert about the public address."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.public_address.rules import Found, Problem
from wabolt.public_address.services.checking import DOWN, EXPIRES
from wabolt.public_address.words import words_of
from wabolt.ui.filters import local_date


def register_alerts() -> None:
    """Registers the kinds. Called once at start."""
    register(
        AlertKind(DOWN, gettext_lazy("The public address does not answer"), _down, "critical", _page, "manager",
                  advice=_remedy),
        AlertKind(EXPIRES, gettext_lazy("The certificate expires"), _expires, "warning", _page, "manager",
                  advice=_renew),
    )  # fmt: skip


def _down(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"url": str(data.get("url", ""))}
    if data.get("problem") == Problem.NO_ANSWER.value:  # some routers only hide the address from this computer
        return (
            _("%(url)s does not answer from this computer. Customers may be unable to open links and forms.") % values
        )
    return _("Customers cannot open %(url)s: links and forms lead nowhere.") % values


def _remedy(_subject: str, data: Mapping[str, Any]) -> str:
    try:
        words = words_of(Found(Problem(data.get("problem")), data))
    except ValueError:
        return ""
    return f"{words.what} {words.remedy}"


def _expires(_subject: str, data: Mapping[str, Any]) -> str:
    try:
        day = local_date(datetime.fromisoformat(str(data.get("until", ""))))
    except ValueError:
        day = ""
    values = {"url": str(data.get("url", "")), "day": day}
    return _("The certificate of %(url)s ends on %(day)s and was not renewed.") % values


def _renew(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Check that ports 80 and 443 are open; WABolt then renews it by itself.")


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("public_address:page")
