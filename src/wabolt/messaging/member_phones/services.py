"""Connecting the own number of a member, and sending alerts to it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from wabolt.accounts.models import Membership, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.registry import Item, Letter, Result
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.lib import clock
from wabolt.lib.public_address import absolute_url
from wabolt.lib.random_codes import random_text
from wabolt.messaging.member_phones.models import MemberPhone
from wabolt.messaging.member_phones.queries import carrier_of
from wabolt.messaging.outbox.services.queueing import MAX_TEXT, TEST_SOURCE, queue_messages, queue_to_member
from wabolt.messaging.registry import Arrival
from wabolt.messaging.store.drafts import Draft
from wabolt.messaging.store.models import Message

ORIGIN = "alert"
CODE_VALID = timedelta(minutes=30)
MOST_TRIES = 10
"""Codes that one contact may write while a code is valid; further ones are not compared."""
_WRITTEN = re.compile(r"\s*KABARI\s+([2-9A-HJKMNP-Z]{6})\s*", re.IGNORECASE)


def new_code(*, membership: Membership) -> MemberPhone:
    """Makes a code to write and returns its row. A confirmed number stays until another one is confirmed."""
    code = random_text(6)
    values = {"code": code, "code_until": clock.now() + CODE_VALID}
    found, _created = MemberPhone.objects.update_or_create(membership=membership, defaults=values)
    return found


@transaction.atomic
def forget_phone(*, membership: Membership) -> None:
    """Removes the number of a member. Alerts no longer reach it."""
    count, _rows = MemberPhone.objects.filter(membership=membership).delete()
    if count:
        record_audit(workspace=membership.workspace, actor=membership.user, action="member_phone.remove")


def forget_numbers(*, workspace: Workspace, phones: Sequence[str]) -> None:
    """Removes these numbers (E.164) of members whose data as contacts is erased, in the caller's transaction.

    The numbers also disappear from earlier tests and alerts, which belong to the placeholder of messages to members.
    """
    MemberPhone.objects.filter(membership__workspace=workspace, phone__in=phones).delete()
    placeholders = Contact.objects.filter(workspace=workspace, source=TEST_SOURCE, erased_at__isnull=False)
    written = Message.objects.filter(contact__in=placeholders, to_phone__in=phones)
    written.update(to_phone="", text="", detail="", variables={})


def text_to_write(code: str) -> str:
    """The text that a member writes from the own number."""
    return f"KABARI {code}"


def confirm_phone(arrival: Arrival) -> bool:
    """The responder: confirms the number from which a member wrote a valid code, and answers once.

    The number is the one that WhatsApp reports for this message, so a member cannot connect the number of another
    person. A message without its number connects nothing.
    """
    written = _WRITTEN.fullmatch(arrival.message.text)
    if written is None:
        return False
    workspace = arrival.channel.workspace
    row = (
        MemberPhone.objects.select_for_update(of=("self",))
        .select_related("membership__user", "membership__workspace")
        .filter(membership__workspace=workspace, code=written[1].upper(), code_until__gt=clock.now())
        .first()
    )
    if row is None or arrival.phone is None or _tries_of(arrival) > MOST_TRIES:
        return False
    row.phone, row.confirmed_at, row.code, row.code_until = arrival.phone, clock.now(), "", None
    row.save()
    record_audit(workspace=workspace, actor=row.membership.user, action="member_phone.confirm")
    with override(row.membership.user.language or workspace.language):
        text = _("This number now gets the alerts of %(shop)s.") % {"shop": workspace.name}
    draft = Draft(
        purpose=Message.Purpose.SERVICE, origin_kind=ORIGIN, key=f"confirmed-{arrival.message.pk}", text=text,
        priority=Message.Priority.REPLY, quoted=arrival.message,
    )  # fmt: skip
    if phone_of(arrival.contact) == arrival.phone:
        queue_messages(workspace=workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft)
    else:  # messages to the contact go to another number
        queue_to_member(workspace=workspace, channel=arrival.channel, draft=replace(draft, to_phone=arrival.phone))
    return True


def _tries_of(arrival: Arrival) -> int:
    """The number of codes that this contact wrote within the time for which a code is valid."""
    since = clock.now() - CODE_VALID
    return Message.objects.filter(
        contact=arrival.contact, direction=Message.Direction.INBOUND, created_at__gt=since, text__icontains="KABARI"
    ).count()


def send(letter: Letter) -> Result:
    """Queues the letter in the outbox of a number without trouble. The idempotency key makes it exactly once."""
    member = MemberPhone.objects.filter(membership=letter.membership).exclude(phone="").first()
    if member is None:
        return Result("failed", "not_set_up")
    channel = carrier_of(letter.membership.workspace_id)
    if channel is None or channel.phone == member.phone:
        return Result("later", "no_number")
    draft = Draft(
        purpose=Message.Purpose.SERVICE, origin_kind=ORIGIN, key=letter.key, text=_text(letter)[:MAX_TEXT],
        priority=Message.Priority.SERVICE, to_phone=member.phone,
    )  # fmt: skip
    queue_to_member(workspace=letter.membership.workspace, channel=channel, draft=draft)
    return Result("sent")


def words(reason: str) -> str:
    """The sentence for the reason of a failure."""
    if reason == "not_set_up":
        return _("Your own number is not connected yet.")
    return _("No other number of the shop can send right now.")


def _text(letter: Letter) -> str:
    shop = letter.membership.workspace.name
    if not letter.items:
        return _("The test arrived. Alerts of %(shop)s by WhatsApp work.") % {"shop": shop}
    head = f"*{shop}*"
    if len(letter.items) > 1:
        count = len(letter.items)
        told = ngettext("%(count)s thing waits for you.", "%(count)s things wait for you.", count) % {"count": count}
        head = f"{head}: {told}"
    return "\n\n".join([head, *(_paragraph(item) for item in letter.items)])


def _paragraph(item: Item) -> str:
    page = absolute_url(reverse("alerts:open", args=[item.alert_id]))
    return "\n".join(filter(None, (item.sentence, item.advice, page)))
