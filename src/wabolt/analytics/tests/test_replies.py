"""The event log, the report and the segments agree on which messages are replies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics import queries
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Event
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.registry import ORIGINS
from wabolt.messaging.services import work_lane_once
from wabolt.segments.queries import catalogue, contact_ids
from wabolt.segments.rules import parse

pytestmark = pytest.mark.django_db

MEMBER = 9
"""`Sent.origin` of a message that a member wrote. Replies to it are not counted."""


@dataclass(frozen=True)
class Sent:
    """A message of ours: `origin` is the number of a broadcast or MEMBER."""

    hour: int
    contact: int
    origin: int


@dataclass(frozen=True)
class Written:
    """A customer's message. It quotes message number `quotes` of ours (to this or another contact) or none."""

    hour: int
    contact: int
    text: str = "Harga berapa?"
    quotes: int | None = None


History = tuple[list[Sent], list[Written]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Messages of two contacts within 20 days. About a third of the replies come after the window of seven days."""
    hours = st.integers(0, 20 * 24)
    pairs = draw(st.sets(st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 1, 2, MEMBER])), max_size=6))
    sent = [Sent(draw(hours), contact, origin) for contact, origin in sorted(pairs)]
    sent.sort(key=lambda message: message.hour)
    written = draw(
        st.lists(
            st.builds(
                Written,
                hours,
                st.sampled_from([0, 1]),
                st.sampled_from(["Harga berapa?", "Mau kak", "STOP"]),
                st.one_of(st.none(), st.integers(-1, max(len(sent) - 1, 0))),
            ),
            max_size=6,
        )
    )
    return sent, sorted(written, key=lambda message: message.hour)


def expected(sent: list[Sent], written: list[Written]) -> set[tuple[int, int]]:
    """(contact, broadcast) of the broadcasts that were replied to, by the words of messaging/inbound/replies.py."""
    found = set()
    for reply in written:
        if reply.text == "STOP":
            continue
        quoted = dict(enumerate(sent)).get(-1 if reply.quotes is None else reply.quotes)
        if quoted and quoted.contact == reply.contact:
            answered = quoted
        else:
            age = timedelta(hours=reply.hour)
            window = ORIGINS["broadcast"].reply_window
            assert window
            open_ones = [
                message
                for message in sent
                if message.contact == reply.contact
                and message.origin != MEMBER
                and timedelta(0) <= age - timedelta(hours=message.hour) < window
            ]
            if not open_ones:
                continue
            answered = open_ones[-1]
        if answered.origin != MEMBER:
            found.add((answered.contact, answered.origin))
    return found


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")


SPECIAL = [
    ([Sent(0, 0, 0)], [Written(240, 0, quotes=0)]),  # after the window, with a quote
    ([Sent(0, 0, 0), Sent(24, 0, 1)], [Written(48, 0)]),  # two open windows
    ([Sent(0, 0, 0), Sent(24, 0, 1)], [Written(48, 0, quotes=0)]),
    ([Sent(0, 0, 0), Sent(1, 0, MEMBER)], [Written(48, 0, quotes=1)]),  # replies to the member
    ([Sent(0, 0, 0)], [Written(1, 0, "STOP"), Written(168, 0)]),  # a stop, and the end of the window
]


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(histories(), min_size=14, max_size=14))
@example(SPECIAL)
def test_log_report_and_segments_agree(several: list[History]) -> None:
    """Each history has two contacts of its own; the broadcasts are the same."""
    workspace = make_workspace()
    channel = make_channel(workspace)
    create_defaults(workspace=workspace)
    people = [
        [make_contact(workspace, "Ayu", f"+62812000{which:03}{contact:02}").pk for contact in (0, 1)]
        for which in range(len(several))
    ]
    broadcasts = [make_broadcast(workspace, channel, name=f"B{number}") for number in range(3)]
    Broadcast.objects.filter(pk__in=[one.pk for one in broadcasts]).update(state=Broadcast.State.COMPLETED)
    start = clock.now() - timedelta(days=30)
    messages = []
    for which, (sent, _written) in enumerate(several):
        for number, message in enumerate(sent):
            origin = {"origin_kind": "member", "idempotency_key": f"m{which}-{number}"}
            if message.origin != MEMBER:
                origin = {"origin_kind": "broadcast", "origin_id": broadcasts[message.origin].pk}  # type: ignore[dict-item]
            at = start + timedelta(hours=message.hour)
            made = Message(
                workspace=workspace, channel=channel, contact_id=people[which][message.contact], direction="outbound",
                state="sent", provider_id=f"out-{which}-{number}", sent_at=at, attempted_at=at, **origin,
            )  # fmt: skip
            messages.append(made)
    Message.objects.bulk_create(messages)
    _take_in(channel, [written for _sent, written in several], start)

    numbers = {one.pk: number for number, one in enumerate(broadcasts)}
    events = Event.objects.filter(workspace=workspace, kind="broadcast_replied").values_list("contact", "data")
    logged = [(contact, numbers[data["broadcast"]]) for contact, data in events]
    known = catalogue(workspace)
    in_segments = {
        (pk, number)
        for number in range(3)
        for pk in contact_ids(workspace, parse(f'replied to broadcast "B{number}"', known))
    }
    answer = {
        (people[which][contact], number)
        for which, history in enumerate(several)
        for contact, number in expected(*history)
    }
    assert sorted(logged) == sorted(answer)  # one event for each first reply
    assert in_segments == answer
    for number, broadcast in enumerate(broadcasts):
        assert queries.report(broadcast).replied == sum(1 for _contact, replied in answer if replied == number)


def _take_in(channel: Channel, several: list[list[Written]], start: datetime) -> None:
    world = World.of(channel)
    for which, written in enumerate(several):
        for number, message in enumerate(written):
            quoted = None if message.quotes is None else f"out-{which}-{message.quotes}"
            world.tell_message(
                f"+62812000{which:03}{message.contact:02}", message.text, f"in-{which}-{number}",
                at=start + timedelta(hours=message.hour), quoted_provider_id=quoted,
            )  # fmt: skip
    assert ScriptedProvider(channel).collect(100) == sum(map(len, several))
    work_lane_once(channel)
