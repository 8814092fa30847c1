"""The messages of a giveaway to the people who take part, in its language, and the vouchers in them."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.commerce.models import Voucher
from wabolt.commerce.services import issue_vouchers
from wabolt.lib import clock, formats
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, queue_messages
from wabolt.optin.giveaways.queries import ORIGIN
from wabolt.optin.models import Entrant, Giveaway


def answer(giveaway: Giveaway, contact_id: int, text: str, *, key: str, quoted: Message | None = None) -> list[Message]:
    """Queues an answer to a person. The second one with the same `key` for the same person is left out.

    Returns the new message, if there is one.
    """
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        origin_id=giveaway.pk,
        key=f"{giveaway.pk}:{key}",
        text=text,
        priority=Message.Priority.REPLY if quoted else Message.Priority.SERVICE,
        quoted=quoted,
    )
    channel = quoted.channel if quoted else giveaway.point.channel
    return queue_messages(workspace=giveaway.workspace, channel=channel, contact_ids=[contact_id], draft=draft)


def send_reward(giveaway: Giveaway, entrant: Entrant, *, quoted: Message | None = None) -> None:
    """Makes the voucher of a person and queues the message with the reward or the prize, in the caller's transaction.

    Both happen once per giveaway and person: the unique keys of vouchers and messages refuse a second one.
    """
    with override(giveaway.point.language):
        parts = [giveaway.reward_text or default_reward_text(giveaway, entrant.place), voucher_line(giveaway, entrant)]
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        origin_id=giveaway.pk,
        text="\n\n".join(part for part in parts if part),
        media=giveaway.reward_media,
        priority=Message.Priority.REPLY if quoted else Message.Priority.SERVICE,
        quoted=quoted,
    )
    channel = quoted.channel if quoted else giveaway.point.channel
    queue_messages(workspace=giveaway.workspace, channel=channel, contact_ids=[entrant.contact_id], draft=draft)


def default_reward_text(giveaway: Giveaway, place: int | None) -> str:
    """The message with a reward, or to the winner of a place, of a giveaway without a text of its own."""
    names = {"shop": giveaway.point.workspace.name, "prize": giveaway.point.incentive, "place": place}
    if giveaway.kind == Giveaway.Kind.REWARD:
        return _("Thank you for taking part! This is for you: %(prize)s") % names
    return (
        _("Congratulations! You have won prize %(place)s of %(shop)s: %(prize)s. We will tell you here how to get it.")
        % names
    )


def voucher_line(giveaway: Giveaway, entrant: Entrant) -> str:
    """The line with the person's voucher, which is made if there is none yet; "" without a voucher."""
    if not giveaway.reward_percent:
        return ""
    issue_vouchers(
        workspace=giveaway.workspace,
        origin=(ORIGIN, giveaway.pk),
        percent=giveaway.reward_percent,
        valid_until=clock.now() + timedelta(days=giveaway.reward_days),
        select="SELECT %(entrant)s::bigint",
        params={"entrant": entrant.contact_id},
    )
    voucher = Voucher.objects.get(origin_kind=ORIGIN, origin_id=giveaway.pk, contact=entrant.contact_id)
    return voucher_words(giveaway, voucher.code, voucher.percent, voucher)


def voucher_words(giveaway: Giveaway, code: str, percent: int, voucher: Voucher | None = None) -> str:
    """The line about a voucher, or about the sample of a preview."""
    point = giveaway.point
    until = voucher.valid_until if voucher else clock.now() + timedelta(days=giveaway.reward_days)
    return _("Your voucher: *%(code)s*, %(percent)s%% off until %(date)s.") % {
        "code": code,
        "percent": percent,
        "date": formats.short_date(until, point.workspace.tz, point.language),
    }
