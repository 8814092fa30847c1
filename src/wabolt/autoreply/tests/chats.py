"""Customers who write to a number of the tests, and what they are answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from wabolt.autoreply.services import read_due_answers
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.services import process_raw_events

NOON = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0) + timedelta(days=1)
"""Noon of tomorrow in Jakarta, within the default opening hours."""
AYU = "+6281277000001"
_numbers = iter(range(10**9))


def say(channel: Channel, *texts: str, phone: str = AYU) -> None:
    """A customer writes these messages now."""
    say_together(channel, [(phone, text) for text in texts])


def say_together(channel: Channel, messages: Iterable[tuple[str, str]]) -> None:
    """Messages as (phone, text) arrive in one batch."""
    for phone, text in messages:
        World.of(channel).tell_message(phone, text, f"in-{next(_numbers)}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def phones(number: int) -> list[str]:
    """The numbers of so many customers."""
    return [f"+62812880{place:05}" for place in range(number)]


def replies(*kinds: str, phone: str = "") -> list[str]:
    """The texts of automatic replies, oldest first; all of them, or those to one number."""
    found = Message.objects.filter(origin_kind__in=kinds or ("auto_reply",), direction="outbound").order_by("pk")
    if phone:
        found = found.filter(contact__identities__value=phone)
    return [message.text or message.content.text for message in found if message.content or message.text]


def unread(channel: Channel, phone: str = "") -> int:
    """The unread messages of the one conversation, or of the one with this number."""
    found = Conversation.objects.filter(channel=channel)
    return (found.get(contact__identities__value=phone) if phone else found.get()).unread


def answer(channel: Channel, now: clock.HeldClock, *texts: str, phone: str = AYU) -> None:
    """The customer writes, and the pause after it passes."""
    answer_together(channel, now, [(phone, text) for text in texts])


def answer_together(channel: Channel, now: clock.HeldClock, messages: Iterable[tuple[str, str]]) -> None:
    """Customers write messages as (phone, text), and the pause after them passes."""
    now.move(seconds=20)
    say_together(channel, messages)
    now.move(seconds=5)
    read_due_answers()


def play(channel: Channel, now: clock.HeldClock, scripts: Mapping[str, Sequence[str]]) -> None:
    """All customers say the first line of their scripts, then all who have one the second, and so on: {phone: lines}.
    Intake takes as many statements for a hundred customers as for one."""
    for turn in range(max(map(len, scripts.values()))):
        answer_together(channel, now, [(phone, lines[turn]) for phone, lines in scripts.items() if turn < len(lines)])


def asked(phone: str = "") -> list[str]:
    """The messages of chat forms, oldest first; all of them, or those to one number."""
    return replies("chat_form", phone=phone)
