"""The trigger "time to buy again": by the customer's own usual time between orders."""

import datetime as dt
from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import PurchaseFacts
from wabolt.commerce.queries import products
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import DueQuery, TriggerKind
from wabolt.journeys.rules.definition import Settings
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import statement

USUAL = 28
"""Days that goods last if the shop does not say another number."""
LONGEST = 365
MADE_UP_FOR = dt.timedelta(days=7)
"""People who became due this long ago still enter, for example after the computer of the shop was off. It is too late
for those of earlier days, for example if their order is imported only now."""
_DUE = statement(__file__, "due_restock")
_DUE_IN_CATEGORY = statement(__file__, "due_restock_of_category")


def trigger() -> TriggerKind:
    """The kind of trigger, for the registry."""
    return TriggerKind(
        "restock", gettext_lazy("It is time to buy again"), "refresh", _sentence, due=_due, fields=fields,
        check=_checked, has_occasions=True, profiles=True, hourly=True, order=25,
    )  # fmt: skip


def _category_field(workspace: Workspace) -> forms.ChoiceField:
    names = products(workspace).exclude(category="").order_by("category").values_list("category", flat=True).distinct()
    choices = [("", gettext_lazy("Everything")), *((name, name) for name in names)]
    return forms.ChoiceField(label=gettext_lazy("Which goods?"), choices=choices, required=False, initial="")


def fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    """The fields of the settings: "category", where "" is everything that the shop sells, and "days"."""
    return {
        "category": _category_field(workspace),
        "days": forms.IntegerField(
            label=gettext_lazy("How many days does it usually last?"), min_value=1, max_value=LONGEST, initial=USUAL,
            help_text=gettext_lazy("For those with three or more orders we take their own usual time between orders."),
        ),
    }  # fmt: skip


def _checked(workspace: Workspace, settings: Settings) -> Settings:
    days, category = settings.get("days"), settings.get("category") or ""
    if type(days) is not int or not 1 <= days <= LONGEST:
        raise DomainError(_("Between 1 and 365 days."), code="bad_days", field="days")
    if not category:
        return {"days": days}
    if not products(workspace).filter(category=category).exists():
        raise DomainError(_("There is no such category."), code="unknown_category", field="category")
    return {"days": days, "category": category}


def _sentence(_workspace: Workspace, settings: Settings) -> str:
    days = int(settings.get("days") or USUAL)
    if settings.get("category"):
        words = ngettext(
            "When it is time to buy “%(goods)s” again: usually after %(days)s day",
            "When it is time to buy “%(goods)s” again: usually after %(days)s days", days,
        )  # fmt: skip
        return words % {"days": days, "goods": settings["category"]}
    words = ngettext(
        "When it is time to buy again: usually after %(days)s day",
        "When it is time to buy again: usually after %(days)s days", days,
    )  # fmt: skip
    return words % {"days": days}


def _due(journey: Journey, settings: Settings, now: dt.datetime) -> DueQuery:
    """Customers whose goods should be used up now. Only those for whom this became so after the journey was published:
    a member lets the others in by hand. Their journey counts from now, because the moment may be in the night before.
    """
    category = str(settings.get("category") or "")
    params = {
        "t_workspace": journey.workspace_id,
        "t_journey": journey.pk,
        "t_now": now,
        "t_zone": journey.workspace.timezone,
        "t_first": max(journey.published_at or now, now - MADE_UP_FOR),
        "t_usual": dt.timedelta(days=int(settings.get("days") or USUAL)),
        "t_oldest": now - dt.timedelta(days=2 * LONGEST),
        "t_category": category,
        "t_pauses": PurchaseFacts.HABIT_DAYS - 1,
    }
    return DueQuery(_DUE_IN_CATEGORY if category else _DUE, params)
