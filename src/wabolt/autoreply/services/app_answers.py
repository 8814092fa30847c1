"""The alert about a WhatsApp Business app that answers customers by itself.

WhatsApp marks no message as automatic. WABolt therefore takes the greeting of the app for the answer of a person, and
its own replies stay silent. A rule that guessed would one day talk over a person, so members get a hint instead.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.sql import statement

APP_ANSWERS = "autoreply.app_answers"
_REPEATED = statement(__file__, "app_answers")
_PEOPLE = 3
"""Customers who got the same text at once. A person does not type that fast."""
_SINCE, _WITHIN = timedelta(days=3), timedelta(seconds=3)
_LENGTH = 20
"""Characters below which a person may have typed the text within seconds."""


def register_alert() -> None:
    """Registers the kind; called from `registrations.register`."""
    label = gettext_lazy("The app on the phone answers too")
    register(AlertKind(APP_ANSWERS, label, _sentence, "warning", _page, "manager", advice=_advice))


def check_app_answers() -> None:
    """Opens and resolves the alerts of all workspaces with automatic replies."""
    facts: dict[str, Any] = {"since": clock.now() - _SINCE, "within": _WITHIN, "people": _PEOPLE, "length": _LENGTH}
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, facts)
        rows = cursor.fetchall()
    names = dict(Channel.objects.filter(pk__in=[channel for _shop, channel, _text in rows]).values_list("pk", "name"))
    found = {
        (shop, str(channel)): {"name": names[channel], "text": Truncator(text).chars(80)}
        for shop, channel, text in rows
    }
    reconcile_alerts(kind=APP_ANSWERS, found=found)


def _sentence(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", "")), "text": str(data.get("text", ""))}
    return (
        _(
            "The WhatsApp Business app of %(name)s answers customers by itself: “%(text)s”. WABolt takes that for a"
            " person, so its automatic replies stay silent."
        )
        % values
    )


def _advice(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("On the phone, open WhatsApp Business, Business tools, and switch off the greeting and the away message.")


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("autoreply:list")
