"""The audit vocabulary of the privacy desk."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.registry import Target, register_audit
from wabolt.lib.retention import retention_classes
from wabolt.privacy.models import DataRequest


def _kind(value: Any) -> str:
    return str(dict(DataRequest.Kind.choices).get(str(value), value))


def _data(value: Any) -> str:
    labels = {one.key: str(one.label) for one in retention_classes()}
    return labels.get(str(value), str(value))


def _number(value: Any) -> str:
    return _("Request no. %(number)s") % {"number": int(value)}


def _notice(value: Any) -> str:
    return _("Notice no. %(number)s") % {"number": int(value)}


def register() -> None:
    """Called from `PrivacyConfig.ready`."""
    register_audit(
        actions={
            "privacy_request.open": gettext_lazy("Wrote down a request about data"),
            "privacy_request.assign": gettext_lazy("Assigned a request about data"),
            "privacy_request.note": gettext_lazy("Wrote a note on a request about data"),
            "privacy_request.answer": gettext_lazy("Answered a request about data"),
            "privacy_request.refuse": gettext_lazy("Refused a request about data"),
            "privacy_request.cancel": gettext_lazy("Closed a request that was taken back"),
            "privacy_request.erase": gettext_lazy("Confirmed an erasure"),
            "privacy_request.lift": gettext_lazy("Ended a restriction"),
            "privacy.settings": gettext_lazy("Changed the privacy page"),
            "privacy.words": gettext_lazy("Changed the words of requests about data"),
            "privacy.notice_retry": gettext_lazy("Tried again to tell an address outside of an erasure"),
            "retention.change": gettext_lazy("Changed how long data is kept"),
            "retention.run": gettext_lazy("Removed old data"),
            "breach.create": gettext_lazy("Wrote down a breach"),
            "breach.edit": gettext_lazy("Changed the letter about a breach"),
            "breach.letter": gettext_lazy("Downloaded a letter about a breach"),
            "breach.told": gettext_lazy("Noted that a letter about a breach went out"),
            "breach.send": gettext_lazy("Sent a notice about a breach to customers"),
        },
        targets={
            "privacy_request": Target("privacy.DataRequest", "pk", "privacy:request"),
            "breach": Target("privacy.Breach", "title", "privacy:breach"),
        },
        settings={"months": gettext_lazy("Months")},
        facts={"notice": _notice, "request_kind": _kind, "data_class": _data, "request": _number},
        counters={"retention": lambda count: ngettext("%(count)s entry", "%(count)s entries", count)},
    )
