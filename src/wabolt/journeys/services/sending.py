"""Queueing the message of a send step."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wabolt.channels.models import Channel
from wabolt.channels.queries import quiet_hours
from wabolt.channels.registry import Choice
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.facts import Person
from wabolt.journeys.queries.plans import Published
from wabolt.journeys.queries.vouchers import vouchers_of
from wabolt.journeys.rules.checks import carries_voucher
from wabolt.journeys.rules.definition import Send
from wabolt.journeys.rules.keys import row_key
from wabolt.lib.quiet_hours import quiet_from, quiet_until
from wabolt.messaging.models import Message, MessageContent
from wabolt.messaging.services import Draft, KeyedRow, queue_keyed

ORIGIN = "journey"
_PRIORITY = {
    Journey.Importance.TRANSACTION: Message.Priority.SERVICE,
    Journey.Importance.CART: Message.Priority.CART,
    Journey.Importance.BIRTHDAY: Message.Priority.BIRTHDAY,
    Journey.Importance.PROMOTION: Message.Priority.BULK,
}


def send_to(
    journey: Journey, step: Send, published: Published, channel: Channel, people: Sequence[Person], now: datetime
) -> dict[int, str]:
    """Queues the message of `step` for these people over one number. Returns {enrollment id: reason} of those who are
    left out.

    The policy decides again when the lane sends. Here only the wishes of the step count: a message that is to be
    skipped in quiet hours ends when they begin, and one that may not be late ends after its time. A message that names
    a voucher is left out for those who have none that can still be used.
    """
    quiet_end: datetime | None = None
    quiet_begin: datetime | None = None
    if step.quiet == "skip" and step.purpose == Message.Purpose.MARKETING:
        hours = quiet_hours(channel)
        quiet_end, quiet_begin = quiet_until(hours, now), quiet_from(hours, now)
    if quiet_end is not None:
        return {person.id: "quiet_hours" for person in people}
    step_id = published.pks[step.id]
    vouchers = vouchers_of(journey.workspace, published, people, now) if carries_voucher(step) else None
    rows = [
        KeyedRow(
            person.contact_id,
            row_key(person.id, step_id, person.visit),
            {**person.context.get("variables", {}), **(vouchers[person.id] if vouchers is not None else {})},
            _ends(step, person, quiet_begin),
        )
        for person in people
        if vouchers is None or person.id in vouchers
    ]
    draft = Draft(
        purpose=step.purpose,
        origin_kind=ORIGIN,
        origin_id=step_id,
        content=MessageContent.objects.select_related("media").get(pk=published.content_for(step.id, channel.pk)),
        priority=_PRIORITY[Journey.Importance(journey.importance)],
        choices=[Choice(f"journey:{step_id}:{n}", title) for n, title in enumerate(step.choices, 1)],
    )
    queue_keyed(workspace=journey.workspace, channel=channel, draft=draft, rows=rows)
    return {} if vouchers is None else {person.id: "no_voucher" for person in people if person.id not in vouchers}


def _ends(step: Send, person: Person, quiet_begin: datetime | None) -> datetime | None:
    """The moment at which the message is cancelled if it is still queued; None: never."""
    late = None
    if step.not_later_minutes is not None:
        late = person.waiting_since + timedelta(minutes=step.not_later_minutes)
    return min((end for end in (late, quiet_begin) if end is not None), default=None)
