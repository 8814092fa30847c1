"""Entries of the privacy desk in the registries of lower rooms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.registry import Permission, SettingsPage, register_pages, register_permissions
from wabolt.alerts.registry import AlertKind
from wabolt.alerts.registry import register as register_alerts
from wabolt.contacts.registry import Panel, PersonalData, register_panel, register_personal_data
from wabolt.lib import privacy_page
from wabolt.lib.retention import FixedRetention, register_retention
from wabolt.messaging.registry import Origin, Responder, register_origin, register_responder
from wabolt.privacy.models import DataRequest
from wabolt.privacy.panels import contact_panel
from wabolt.privacy.queries import public_path
from wabolt.privacy.queries.desk import claimed_words
from wabolt.privacy.services import BREACH_ORIGIN, ORIGIN, UNDELIVERED, take_requests
from wabolt.ui.filters import local_time
from wabolt.ui.states import register_state


def register() -> None:
    """Called from `PrivacyConfig.ready`."""
    register_responder(Responder("data_request", 15, take_requests, claims=claimed_words))
    register_origin(Origin(ORIGIN, gettext_lazy("Request about data"), answers_rights=True))
    register_origin(
        Origin(
            BREACH_ORIGIN,
            gettext_lazy("Letter about a breach"),
            page=lambda pk: reverse("privacy:breach", args=[pk]),
            answers_rights=True,
        )
    )
    register_panel(
        Panel("privacy", gettext_lazy("Rights over the data"), "privacy/parts/contact.html", contact_panel, order=300)
    )
    register_personal_data(
        PersonalData(
            "privacy_datarequest",
            gettext_lazy("Requests about data"),
            once=("kind",),  # `services.join_requests` brings the others
            count_words=lambda count: ngettext("%(count)s request about data", "%(count)s requests about data", count),
        )
    )
    register_personal_data(
        PersonalData(
            "privacy_erasurenotice", gettext_lazy("Notices of the erasure"), moves=False, keeps=("address", "problem")
        )
    )
    privacy_page.register(public_path)
    register_pages(
        SettingsPage(
            "privacy", gettext_lazy("Privacy"), "privacy:list", "shield-lock", 45, "agent",
            gettext_lazy("Requests about personal data, retention, letters"),
        )
    )  # fmt: skip
    register_permissions(
        Permission("agent", gettext_lazy("writes down and looks after requests about personal data"), 60),
        Permission("manager", gettext_lazy("answers requests about personal data"), 60),
        Permission("owner", gettext_lazy("decides how long data is kept, and writes letters about a breach"), 60),
    )
    _register_states()
    _register_fixed_retentions()
    register_alerts(*_request_alerts(), *_breach_alerts(), _notice_alert())


def _register_states() -> None:
    register_state("answered", DataRequest.State.ANSWERED.label, "good")
    register_state("erasing", DataRequest.State.ERASING.label, "info")
    register_state("refused", DataRequest.State.REFUSED.label, "warning")


def _register_fixed_retentions() -> None:
    register_retention(
        FixedRetention(
            "consent", gettext_lazy("Proof of permission, and stopped numbers"),
            gettext_lazy("As long as the shop exists: they prove who said yes, and that a STOP holds."), 10,
        ),
        FixedRetention(
            "audit", gettext_lazy("The log of what the team did"),
            gettext_lazy("As long as the shop exists: nobody can change it. It names contacts only by their number in"
                         " the database."), 20,
        ),
        FixedRetention(
            "pending", gettext_lazy("Forms without a message"), gettext_lazy("30 days, then they are gone."), 30
        ),
        FixedRetention(
            "exports", gettext_lazy("Copies of data for people who asked"),
            gettext_lazy("Until they are downloaded, 7 days at most."), 40,
        ),
        FixedRetention(
            "unused_media", gettext_lazy("Files that no message uses"), gettext_lazy("30 days."), 50
        ),
    )  # fmt: skip


def _page(subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("privacy:request", args=[int(subject)]) if subject.isdigit() else reverse("privacy:list")


def _breach_page(subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("privacy:breach", args=[int(subject)]) if subject.isdigit() else reverse("privacy:breaches")


def _due(data: Mapping[str, Any]) -> str:
    try:
        return local_time(datetime.fromisoformat(str(data.get("due"))))
    except ValueError:
        return "–"


def _what(subject: str, data: Mapping[str, Any]) -> dict[str, str]:
    kinds = dict(DataRequest.Kind.choices)
    what = str(kinds.get(str(data.get("kind")), _("about data")))
    return {"number": subject, "what": what, "due": _due(data)}


def _new(subject: str, data: Mapping[str, Any]) -> str:
    return _("New request no. %(number)s: %(what)s. Answer it by %(due)s.") % _what(subject, data)


def _day_1(subject: str, data: Mapping[str, Any]) -> str:
    return _("Request no. %(number)s (%(what)s) has waited for a day. The law wants an answer by %(due)s.") % _what(
        subject, data
    )


def _day_2(subject: str, data: Mapping[str, Any]) -> str:
    return _("Request no. %(number)s (%(what)s) has less than a day left: until %(due)s.") % _what(subject, data)


def _overdue(subject: str, data: Mapping[str, Any]) -> str:
    return _("Request no. %(number)s (%(what)s) is overdue since %(due)s.") % _what(subject, data)


def _advice(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Open the request: it says what to do, step by step.")


def _request_alerts() -> list[AlertKind]:
    return [
        AlertKind("privacy.new", gettext_lazy("A request about personal data"), _new, "warning", _page, "agent",
                  advice=_advice),
        AlertKind("privacy.day_1", gettext_lazy("A request has waited for 24 hours"), _day_1, "warning", _page,
                  "agent", advice=_advice),
        AlertKind("privacy.day_2", gettext_lazy("A request has waited for 48 hours"), _day_2, "critical", _page,
                  "manager", advice=_advice),
        AlertKind("privacy.overdue", gettext_lazy("A request is overdue after 72 hours"), _overdue, "critical", _page,
                  "manager", advice=_advice),
    ]  # fmt: skip


def _not_told(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 1)
    return ngettext(
        "%(count)s address outside did not accept the notice about an erasure.",
        "%(count)s addresses outside did not accept the notice about an erasure.",
        count,
    ) % {"count": count}


def _how_to_tell(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Ask the people who run the address to delete the customer there, then try again or leave it.")


def _notice_alert() -> AlertKind:
    return AlertKind(
        UNDELIVERED, gettext_lazy("An address outside did not accept a notice about an erasure"), _not_told, "warning",
        lambda _subject, _data: reverse("privacy:outside"), "manager", advice=_how_to_tell,
    )  # fmt: skip


def _letters(_subject: str, data: Mapping[str, Any]) -> str:
    return _("The letters about the breach have to go out by %(due)s.") % {"due": _due(data)}


def _letters_late(_subject: str, data: Mapping[str, Any]) -> str:
    return _("The letters about the breach are overdue since %(due)s.") % {"due": _due(data)}


def _breach_alerts() -> list[AlertKind]:
    return [
        AlertKind("breach.new", gettext_lazy("A breach has to be reported"), _letters, "warning", _breach_page,
                  "owner"),
        AlertKind("breach.day_1", gettext_lazy("A breach has waited for 24 hours"), _letters, "warning", _breach_page,
                  "owner"),
        AlertKind("breach.day_2", gettext_lazy("A breach has waited for 48 hours"), _letters, "critical",
                  _breach_page, "owner"),
        AlertKind("breach.overdue", gettext_lazy("The letters about a breach are overdue"), _letters_late, "critical",
                  _breach_page, "owner"),
    ]  # fmt: skip
