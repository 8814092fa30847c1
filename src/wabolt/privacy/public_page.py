"""The text of the public privacy page, generated from the settings of the shop."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wabolt.consent.queries import current_wording
from wabolt.lib.retention import fixed_retentions
from wabolt.optin.models import EntryPoint
from wabolt.optin.queries import asked_labels
from wabolt.privacy import queries
from wabolt.privacy.models import DataRequest, PrivacySettings
from wabolt.privacy.rules import words_of


def page_context(privacy: PrivacySettings, language: str) -> dict[str, Any]:
    """The values of the template, in the active language."""
    workspace = privacy.workspace
    points = EntryPoint.objects.filter(workspace=workspace, archived_at=None, closed_at=None)
    kinds = dict(EntryPoint.Kind.choices)
    words = words_of(privacy.words)
    return {
        "settings": privacy,
        "shop": privacy.business_name or workspace.name,
        "lang": language,
        "ways": [kinds[kind] for kind in dict.fromkeys(points.order_by("kind").values_list("kind", flat=True))],
        "asked": asked_labels(workspace, points),
        "wording": current_wording(workspace, "marketing"),
        "kept": [(data.label, _time(months)) for data, months in queries.kept_classes(workspace)],
        "fixed": fixed_retentions(),
        "rights": [(DataRequest.Kind(kind).label, words[kind][0], _right(kind)) for kind in DataRequest.Kind.values],
        "processors": [line.strip() for line in privacy.processors.splitlines() if line.strip()],
    }


def _time(months: int | None) -> str:
    if not months:
        return str(_("As long as you are our customer"))
    if months % 12 == 0:
        return _("%(count)s years") % {"count": months // 12} if months > 12 else _("1 year")
    return _("%(count)s months") % {"count": months}


def _right(kind: str) -> str | Promise:
    return {
        "access": _("You get a copy of everything that we hold about you, and who in our team looked at it."),
        "correction": _("We correct what is wrong."),
        "restriction": _("We keep the data and do not use it until you or the law say otherwise."),
        "objection": _(
            "You get no more promotions, and no program decides anything about you from what you buy or do."
        ),
        "erasure": _("We erase your name, your number, our chats and everything else about you."),
    }[kind]
