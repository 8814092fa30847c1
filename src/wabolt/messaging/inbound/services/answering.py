"""Asks the responders about stored messages, and notes which messages need no member."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from wabolt.channels.models import Channel
from wabolt.lib.parts import parts_without_repeats
from wabolt.messaging.inbound.faults import is_transient
from wabolt.messaging.inbound.opt_outs import confirm, opt_out
from wabolt.messaging.inbound.replies import record_replies
from wabolt.messaging.inbound.responders import respond
from wabolt.messaging.registry import Arrival, Responder
from wabolt.messaging.signals import message_received
from wabolt.messaging.store.models import Message

log = logging.getLogger(__name__)

# A handled stop or start word needs no reply. A question that the contact asked before it still waits.
_MARK_HANDLED = """
    UPDATE messaging_conversation c
       SET unread = greatest(0, c.unread - t.handled), unanswered = greatest(0, c.unanswered - t.handled)
      FROM (SELECT contact_id, count(*) AS handled FROM messaging_message WHERE id = ANY(%(messages)s)
             GROUP BY contact_id) t
     WHERE c.channel_id = %(channel)s AND c.contact_id = t.contact_id
"""


def answer_arrivals(channel: Channel, arrivals: Sequence[Arrival], stopped: Sequence[Arrival]) -> None:
    """Confirms new stops and asks the responders about everything else, in the order of arrival.

    A message that no responder takes stays unread and unanswered.
    """
    for arrival in stopped:
        _confirm_stop(arrival)
    handled: set[int] = set()
    replies: list[int] = []
    for part in parts_without_repeats([[arrival.contact.pk] for arrival in arrivals]):
        taken = _respond(arrivals[part])
        handled |= set(taken)
        replies += [arrival.message.pk for arrival in arrivals[part] if _counts_as_reply(arrival, taken)]
    with connection.cursor() as cursor:
        if handled:
            cursor.execute(_MARK_HANDLED, {"messages": list(handled), "channel": channel.pk})
    record_replies(channel=channel, message_ids=replies)
    if arrivals and message_received.has_listeners():
        _announce(arrivals)


def _respond(arrivals: Sequence[Arrival]) -> dict[int, Responder | None]:
    """Handles arrivals of different contacts. Returns the messages that need no member, by id, each with the responder
    that took it; None for a stop."""
    stops = [arrival for arrival in arrivals if arrival.keyword == "stop"]
    for arrival in stops:
        # Again and in order: a start word between two stops may just have brought the contact back.
        if opt_out(arrival):
            _confirm_stop(arrival)
    taken = respond([arrival for arrival in arrivals if arrival.keyword != "stop"])
    return {**taken, **dict.fromkeys((arrival.message.pk for arrival in stops), None)}


def _announce(arrivals: Sequence[Arrival]) -> None:
    """Sends `message_received`. A receiver that raises for one message hears about all others."""
    try:
        with transaction.atomic():
            message_received.send(Message, arrivals=list(arrivals))
            return
    except Exception as error:
        if is_transient(error):
            raise
        if len(arrivals) == 1:
            log.exception("message %s: a receiver of message_received failed", arrivals[0].message.pk)
            return
    middle = len(arrivals) // 2
    _announce(arrivals[:middle])
    _announce(arrivals[middle:])


def _counts_as_reply(arrival: Arrival, taken: Mapping[int, Responder | None]) -> bool:
    responder = taken.get(arrival.message.pk)
    return arrival.message.pk not in taken or (responder is not None and responder.counts_as_reply)


def _confirm_stop(arrival: Arrival) -> None:
    with _logged_savepoint(arrival, "the confirmation of a stop"):
        confirm(arrival, "stop_word")


@contextmanager
def _logged_savepoint(arrival: Arrival, what: str) -> Iterator[None]:
    """A savepoint whose failure is logged and leaves the message stored."""
    try:
        with transaction.atomic():
            yield
    except Exception as error:
        if is_transient(error):
            raise
        log.exception("message %s: %s failed", arrival.message.pk, what)
