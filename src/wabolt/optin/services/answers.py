"""The automatic answers to messages with a code."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher
from wabolt.lib import formats
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Answer
from wabolt.optin.models import EntryPoint
from wabolt.optin.queries import page_url
from wabolt.optin.rules.decisions import Decision


def welcome(point: EntryPoint, workspace: Workspace, *, marketing: bool) -> str:
    """The answer to a person who joined: the text of the entry point, or the default. `marketing`: the person agreed to
    promotions."""
    if point.thanks:
        return point.thanks
    with override(point.language):
        if marketing:
            return _(
                "Welcome to %(shop)s! You will now get news and offers here. Reply STOP whenever you want to stop."
            ) % {"shop": workspace.name}
        return _("Thank you for signing up at %(shop)s!") % {"shop": workspace.name}


def voucher_line(point: EntryPoint, workspace: Workspace, voucher: Voucher) -> str:
    """The line about the voucher of the incentive."""
    with override(point.language):
        return _("Your voucher: *%(code)s*, %(percent)s%% off until %(date)s.") % {
            "code": voucher.code,
            "percent": voucher.percent,
            "date": formats.short_date(voucher.valid_until, workspace.tz, point.language),
        }


def question(point: EntryPoint, code: str) -> str:
    """The question about a code with a typing error."""
    with override(point.language):
        return _("The code seems to have a typing error. Do you mean #%(code)s? Reply YES.") % {"code": code}


def refusal(decision: Decision, arrival: Arrival, point: EntryPoint) -> Answer:
    """The answer to a person who is on the list already or sent the code of another person's form, at most one of a
    kind per entry point and day."""
    with override(point.language):
        if decision is Decision.KNOWN:
            kind, text = "again", _("You are on the list already. See you soon!")
        else:
            used = _("This code was used already. Fill in the form yourself, please: %(url)s")
            kind, text = "used", used % {"url": page_url(point)}
    key = f"{kind}:{point.pk}:{arrival.message.created_at:%Y%m%d}"
    return Answer(arrival.contact.pk, key, text, arrival.message.pk)


def gone(arrival: Arrival) -> Answer:
    """The answer to a code that is closed, unknown or of another shop, at most one per day. It is the same for all, so
    that codes cannot be found out by trying."""
    workspace = arrival.channel.workspace
    with override(workspace.language[:2]):
        text = _("This code is closed or does not exist. Reply JOIN to get news from %(shop)s.") % {
            "shop": workspace.name
        }
    return Answer(arrival.contact.pk, f"gone:{arrival.message.created_at:%Y%m%d}", text, arrival.message.pk)
