"""The action on contacts that this room offers to rules, chat forms and journeys: giving a voucher."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.commerce.queries import GIVE_VOUCHER, gift_key
from wabolt.commerce.services import VoucherCampaign, give_vouchers
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.lib.errors import DomainError

Params = Mapping[str, Any]
MOST_PERCENT, MOST_DAYS = 90, 365


def register() -> None:
    """Called from `CommerceConfig.ready`."""
    register_contact_action(
        ContactAction(
            GIVE_VOUCHER, gettext_lazy("Give a voucher"), "ticket", _give, _sentence,
            fields=_fields, check=_checked, gives=True, order=40,
        )
    )  # fmt: skip


def _fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    return {
        "percent": forms.IntegerField(
            label=gettext_lazy("Discount (%)"), min_value=1, max_value=MOST_PERCENT, initial=10
        ),
        "days": forms.IntegerField(
            label=gettext_lazy("Valid for (days)"), min_value=1, max_value=MOST_DAYS, initial=14,
            help_text=gettext_lazy("Counted from the moment when the customer gets it."),
        ),
    }  # fmt: skip


def _checked(_workspace: Workspace, params: Params) -> Params:
    checked = {}
    for name, most in (("percent", MOST_PERCENT), ("days", MOST_DAYS)):
        value = str(params.get(name))
        number = int(value) if value.isdecimal() and len(value) < 10 else 0
        if not 1 <= number <= most:
            raise DomainError(_("Enter a number from 1 to %(most)s.") % {"most": most}, code="bad_number", field=name)
        checked[name] = number
    return checked


def _give(run: ActionRun) -> Mapping[int, str]:
    params = _checked(run.workspace, run.params)
    campaign = VoucherCampaign(run.origin, params["percent"], params["days"])
    gifts = {gift_key(run.origin, key, contact): contact for contact, key in sorted(run.keys.items())}
    give_vouchers(workspace=run.workspace, campaign=campaign, gifts=gifts)
    return {}


def _sentence(_workspace: Workspace, params: Params) -> str:
    return _("Give a voucher of %(percent)s%%, valid for %(days)s days") % {
        "percent": params.get("percent", ""), "days": params.get("days", ""),
    }  # fmt: skip
