"""Members hear of a WhatsApp Business app that answers customers by itself, and not of a person who answers fast."""

import itertools
from datetime import timedelta

from wabolt.alerts.models import Alert
from wabolt.autoreply.services import check_app_answers
from wabolt.autoreply.tests.factories import make_rule
from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.lib import clock
from wabolt.messaging.services import process_raw_events

_numbers = itertools.count()
GREETING = "Halo Kak, terima kasih sudah menghubungi kami!"


def chat(channel: Channel, who: int, text: str, *, after: float) -> None:
    """A customer writes, and so many seconds later a text comes from the shop's phone."""
    world, phone, number = World.of(channel), f"+62812000000{who}", next(_numbers)
    world.tell_message(phone, "Halo", f"in-{number}", at=clock.now())
    answered = clock.now() + timedelta(seconds=after)
    own = {"identities": [["phone", phone]], "provider_id": f"own-{number}", "text": text}
    world.tell("own", f"own-{number}", at=answered, **own)
    with clock.hold(answered):
        ScriptedProvider(channel).collect(10)
        process_raw_events(channel)


def told() -> list[dict[str, str]]:
    check_app_answers()
    return list(Alert.objects.filter(resolved_at=None).values_list("data", flat=True))


def test_the_same_text_at_once_to_three_customers_is_the_app(channel: Channel, now: clock.HeldClock) -> None:
    make_rule(channel.workspace, "harga")
    for who in (1, 2):
        chat(channel, who, GREETING, after=1)
    assert told() == [], "two customers"
    for who in (3, 4, 5):
        chat(channel, who, "Iya Kak", after=1)
        chat(channel, who, GREETING, after=20)
        chat(channel, who, f"{GREETING} Nomor {who}", after=1)
    assert told() == [], "a short text, a slow answer, and a text of its own for each customer"
    chat(channel, 6, GREETING, after=2)
    assert told() == [{"name": channel.name, "text": GREETING}]
    now.move(days=4)
    assert told() == []
