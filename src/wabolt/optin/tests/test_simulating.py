"""Simulated customers scan, fill in and join by themselves; a real number has none of them."""

import random
from datetime import timedelta

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel, SimulatedEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import work_lane_once
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Entrant, Entry, EntryPoint, Placement, Registration
from wabolt.optin.rules.codes import codes_in, nearby_codes_in
from wabolt.optin.services import send_simulated_customers
from wabolt.optin.services.simulating import WITHIN
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db
MANY = 10


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(options={"rates": {}})
    create_defaults(workspace=channel.workspace)
    return channel


def live(channel: Channel) -> None:
    """Ten minutes and a bit, in steps that are shorter than the pause before an answer."""
    with clock.hold(clock.now()) as held:
        for _step in range(14):
            held.move(seconds=WITHIN.total_seconds() / 11)
            for _turn in range(2):
                work_lane_once(channel)


def first_texts(channel: Channel) -> list[str]:
    """The first message of each person."""
    planned = SimulatedEvent.objects.filter(channel=channel, kind="message").order_by("pk")
    return [text for text in planned.values_list("payload__text", flat=True) if text != "Ya kak"]


def legible(texts: list[str]) -> int:
    """The number of messages whose code can be found: without its third character it may be made of letters or digits
    only, which is read as a word or a number."""
    known = {
        *Entry.objects.filter(state="pending").values_list("code", flat=True),
        *Placement.objects.values_list("code", flat=True),
    }
    return sum(not known.isdisjoint([*codes_in(text), *nearby_codes_in(text)]) for text in texts)


def test_they_come_through_every_kind_and_are_confirmed_by_their_message(channel: Channel) -> None:
    soon = clock.now() + timedelta(days=3)
    questions = [{"key": "own:1", "label": "Ukuran?", "choices": ["S", "M"], "required": True}]
    points = {kind: make_point(channel, kind=kind) for kind in ("qr", "form", "link")}
    points["event"] = make_event(channel, starts_at=soon, questions=questions).point
    points["giveaway"] = make_giveaway(channel).point
    wrote, expected = {}, {}
    for kind, point in points.items():
        others = len(first_texts(channel))
        wrote[kind] = send_simulated_customers(point=point, count=MANY, chance=random.Random(7))
        assert wrote[kind] == MANY if kind in {"qr", "link", "giveaway"} else 0 < wrote[kind] < MANY, kind
        expected[kind] = legible(first_texts(channel)[others:])
    assert not Entry.objects.filter(state="confirmed").exists(), "they come later"
    assert SimulatedEvent.objects.filter(payload__text="Ya kak").exists(), "one mistyped the code"
    live(channel)
    for kind, point in points.items():
        joined = Entry.objects.filter(point=point, state="confirmed")
        came = joined.count()
        assert came == expected[kind], f"{kind}: also those who changed the text or mistyped the code"
        assert wrote[kind] * 0.6 <= came <= wrote[kind], kind
        assert joined.exclude(message_id=None).count() == came, kind
        pending = Entry.objects.filter(point=point, state="pending").count()
        assert pending == (0 if kind in {"qr", "link", "giveaway"} else MANY - came), kind
        assert Registration.objects.filter(event__point=point).count() == (came if kind == "event" else 0), kind
        assert Entrant.objects.filter(giveaway__point=point).count() == (came if kind == "giveaway" else 0), kind


def test_one_tap_on_the_page_lets_them_come(channel: Channel) -> None:
    point = make_point(channel)
    owner = signed_in(channel.workspace)
    address = reverse("optin:simulate", args=[point.pk])
    assert address in owner.get(reverse("optin:detail", args=[point.pk])).content.decode()
    assert owner.post(address).status_code == 302
    assert SimulatedEvent.objects.filter(kind="message", due_at__gt=clock.now()).count() >= 10
    EntryPoint.objects.update(closed_at=clock.now())
    before = SimulatedEvent.objects.count()
    owner.post(address)
    assert SimulatedEvent.objects.count() == before


def test_no_simulated_customer_writes_to_a_real_number(channel: Channel) -> None:
    real = make_channel(channel.workspace, provider="cloud", options={}, phone="+6281100000099")
    point = make_point(real)
    with pytest.raises(DomainError) as refused:
        send_simulated_customers(point=point, count=1)
    assert refused.value.code == "not_simulated"
    page = signed_in(channel.workspace).get(reverse("optin:detail", args=[point.pk])).content.decode()
    assert reverse("optin:simulate", args=[point.pk]) not in page


def test_the_code_of_a_simulated_number_is_for_simulated_phones(channel: Channel) -> None:
    point = make_point(channel)
    page = signed_in(channel.workspace, "manager").get(reverse("optin:detail", args=[point.pk])).content.decode()
    assert "belum ditautkan" not in page
    assert "hanya bisa dipindai dengan telepon simulasi" in page
