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

PHONES = ("+6281200000001", "+6281200000002")
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


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Sent], list[Written]]:
    """Messages within 20 days, so that about a third of the replies come after the window of seven days."""
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


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories())
@example(([Sent(0, 0, 0)], [Written(240, 0, quotes=0)]))  # after the window, with a quote
@example(([Sent(0, 0, 0), Sent(24, 0, 1)], [Written(48, 0)]))  # two open windows
@example(([Sent(0, 0, 0), Sent(24, 0, 1)], [Written(48, 0, quotes=0)]))
@example(([Sent(0, 0, 0), Sent(1, 0, MEMBER)], [Written(48, 0, quotes=1)]))  # replies to the member
@example(([Sent(0, 0, 0)], [Written(1, 0, "STOP"), Written(168, 0)]))  # a stop, and the end of the window
def test_log_report_and_segments_agree(history: tuple[list[Sent], list[Written]]) -> None:
    sent, written = history
    workspace = make_workspace()
    channel = make_channel(workspace)
    create_defaults(workspace=workspace)
    people = [make_contact(workspace, "Ayu", phone) for phone in PHONES]
    broadcasts = [make_broadcast(workspace, channel, name=f"B{number}") for number in range(3)]
    Broadcast.objects.filter(pk__in=[one.pk for one in broadcasts]).update(state=Broadcast.State.COMPLETED)
    start = clock.now() - timedelta(days=30)
    for number, message in enumerate(sent):
        origin = {"origin_kind": "member", "idempotency_key": f"m{number}"}
        if message.origin != MEMBER:
            origin = {"origin_kind": "broadcast", "origin_id": broadcasts[message.origin].pk}  # type: ignore[dict-item]
        at = start + timedelta(hours=message.hour)
        Message.objects.create(
            workspace=workspace, channel=channel, contact=people[message.contact], direction="outbound", state="sent",
            provider_id=f"out-{number}", sent_at=at, attempted_at=at, **origin,
        )  # fmt: skip
    _take_in(channel, written, start)

    by_id = {person.pk: number for number, person in enumerate(people)}
    numbers = {one.pk: number for number, one in enumerate(broadcasts)}
    events = Event.objects.filter(workspace=workspace, kind="broadcast_replied").values_list("contact", "data")
    logged = [(by_id[contact], numbers[data["broadcast"]]) for contact, data in events]
    in_segments = {
        (by_id[pk], number)
        for number in range(3)
        for pk in contact_ids(workspace, parse(f'replied to broadcast "B{number}"', catalogue(workspace)))
    }
    answer = expected(sent, written)
    assert sorted(logged) == sorted(answer)  # one event for each first reply
    assert in_segments == answer
    for number, broadcast in enumerate(broadcasts):
        assert queries.report(broadcast).replied == sum(1 for _contact, replied in answer if replied == number)


def _take_in(channel: Channel, written: list[Written], start: datetime) -> None:
    world = World.of(channel)
    for number, message in enumerate(written):
        quoted = None if message.quotes is None else f"out-{message.quotes}"
        world.tell_message(
            PHONES[message.contact], message.text, f"in-{number}",
            at=start + timedelta(hours=message.hour), quoted_provider_id=quoted,
        )  # fmt: skip
    ScriptedProvider(channel).collect(100)
    work_lane_once(channel)
