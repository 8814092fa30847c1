"""Actions that run after a person has joined through a way in, got a seat at an event, or entered a giveaway."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import pytest

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries import GIVE_VOUCHER
from wabolt.consent.models import Consent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import tags_of
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.services import create_field, delete_field
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules.definition import Wait
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.services import cancel_registration, give_seat
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import EntryPoint, Giveaway, Registration
from wabolt.optin.services import Submission, offer_list, save_actions, submit_entry
from wabolt.optin.tests.factories import code_of, make_point

AYU, BUDI = "+6281200000001", "+6281200000002"
_messages = iter(range(10**9))
SIZE = ActionCall("contacts.set_field", {"column": "ukuran", "value": "M"})
VIP = ActionCall("contacts.tag", {"tag": "VIP"})


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


def say(channel: Channel, text: str, phone: str = AYU) -> None:
    say_together(channel, {phone: text})


def say_together(channel: Channel, texts: Mapping[str, str]) -> None:
    """Messages by phone that arrive in one batch."""
    for phone, text in texts.items():
        World.of(channel).tell_message(phone, text, f"then-{next(_messages)}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def with_journey(point: EntryPoint) -> Journey:
    """The journey that the actions of this way in start."""
    journey = make_journey(point.workspace, Wait("w1"))
    save_actions(
        workspace=point.workspace, point_id=point.pk, calls=[ActionCall("journeys.start", {"journey": journey.pk})]
    )
    return journey


def by_form(_channel: Channel, point: EntryPoint, _phone: str) -> str:
    form = submit_entry(placement=point.placements.get(), submission=Submission(marketing=True))
    return f"{point.greeting} #{form.code}"


def by_code(_channel: Channel, point: EntryPoint, _phone: str) -> str:
    return f"{point.greeting} #{code_of(point)}"


def by_offer(channel: Channel, point: EntryPoint, phone: str) -> str:
    say(channel, "ada kebaya?", phone)
    contact = Contact.objects.get(identities__value=phone)
    with suppress(DomainError):  # the second time the person is on the list
        offer_list(workspace=channel.workspace, contact_id=contact.pk, point=point)
    Message.objects.filter(state="queued").update(state="sent", sent_at=clock.now())
    return "YA"


def by_word(_channel: Channel, point: EntryPoint, _phone: str) -> str:
    return Giveaway.objects.get(pk=point.pk).word


Make = Callable[[Channel], EntryPoint]
WAYS: dict[str, tuple[Make, Callable[[Channel, EntryPoint, str], str]]] = {
    "qr": (make_point, by_code),
    "form": (lambda channel: make_point(channel, kind="form"), by_form),
    "link": (lambda channel: make_point(channel, kind="link"), by_code),
    "chat": (lambda channel: make_point(channel, kind="chat"), by_offer),
    "event, form": (lambda channel: make_event(channel, starts_at=clock.now() + timedelta(days=9)).point, by_form),
    "event, poster": (lambda channel: make_event(channel, starts_at=clock.now() + timedelta(days=9)).point, by_code),
    "giveaway, word": (lambda channel: make_giveaway(channel).point, by_word),
    "giveaway, poster": (lambda channel: make_giveaway(channel, word="TENUN").point, by_code),
    "contest": (lambda channel: make_giveaway(channel, kind="contest", word="LOMBA").point, by_word),
    "draw": (lambda channel: make_giveaway(channel, kind="draw", word="UNDIAN").point, by_word),
}


def test_every_way_in_starts_its_journey_once(channel: Channel) -> None:
    points = {way: make(channel) for way, (make, _come) in WAYS.items()}
    journeys = {way: with_journey(point).pk for way, point in points.items()}
    phones = {way: f"+62812000001{number:02}" for number, way in enumerate(WAYS)}

    def all_come() -> None:
        say_together(channel, {phones[way]: WAYS[way][1](channel, points[way], phones[way]) for way in WAYS})

    def inside() -> list[tuple[int, str, int]]:
        found = Enrollment.objects.order_by("journey", "pk")
        return list(found.values_list("journey", "contact__identities__value", "pk"))

    all_come()
    first = inside()
    assert [row[:2] for row in first] == sorted((journeys[way], phones[way]) for way in WAYS)
    all_come()
    say_together(channel, dict.fromkeys(phones.values(), "YA"))  # whether news are welcome, where it was asked
    assert inside() == first


def test_who_stops_and_comes_back_gets_no_second_voucher(channel: Channel) -> None:
    """Otherwise STOP and JOIN in turn would be a machine for vouchers."""
    ways = ("qr", "form", "link")
    gift = ActionCall(GIVE_VOUCHER, {"percent": 10, "days": 14})
    points = {way: WAYS[way][0](channel) for way in ways}
    phones = {way: f"+62812000001{number:02}" for number, way in enumerate(ways)}
    for point in points.values():
        save_actions(workspace=channel.workspace, point_id=point.pk, calls=[gift])
    for _time in range(3):
        say_together(channel, {phones[way]: WAYS[way][1](channel, points[way], phones[way]) for way in ways})
        assert list(Consent.objects.values_list("state", flat=True)) == ["granted"] * 3
        say_together(channel, dict.fromkeys(phones.values(), "STOP"))
        assert list(Consent.objects.values_list("state", flat=True)) == ["withdrawn"] * 3
    owners = Voucher.objects.values_list("contact__identities__value", flat=True)
    assert sorted(owners) == sorted(phones.values())


def test_a_guest_gets_the_actions_with_the_first_seat_and_only_once(channel: Channel) -> None:
    """On the waiting list nothing runs; a given seat counts, and a seat after a cancellation does not count again."""
    event = make_event(channel, starts_at=clock.now() + timedelta(days=9), capacity=1)
    with_journey(event.point)
    say(channel, by_code(channel, event.point, AYU))
    say(channel, f"Halo #{code_of(event.point)}", BUDI)
    assert Enrollment.objects.count() == 1
    first, second = Registration.objects.order_by("pk")
    assert second.state == "waiting"
    cancel_registration(workspace=channel.workspace, registration_id=first.pk)
    give_seat(workspace=channel.workspace, registration_id=second.pk)
    assert Enrollment.objects.filter(contact=second.contact).count() == 1
    Enrollment.objects.update(state="finished", ended_at=clock.now())
    cancel_registration(workspace=channel.workspace, registration_id=second.pk)
    say(channel, by_code(channel, event.point, AYU))
    say(channel, f"Halo #{code_of(event.point)}", BUDI)
    first.refresh_from_db()
    assert first.state == "registered"
    assert Enrollment.objects.count() == 2


def test_an_accepted_offer_of_a_seat_runs_the_actions(channel: Channel) -> None:
    event = make_event(channel, starts_at=clock.now() + timedelta(days=9), capacity=1)
    with_journey(event.point)
    say(channel, by_code(channel, event.point, AYU))
    say(channel, f"Halo #{code_of(event.point)}", BUDI)
    first, second = Registration.objects.order_by("pk")
    cancel_registration(workspace=channel.workspace, registration_id=first.pk)
    say(channel, f"YA #{second.ticket}", BUDI)
    second.refresh_from_db()
    assert second.state == "registered"
    assert Enrollment.objects.filter(contact=second.contact).count() == 1


def test_the_page_of_an_event_or_giveaway_leads_to_its_actions(channel: Channel) -> None:
    client = signed_in(channel.workspace)
    event, giveaway = make_event(channel, starts_at=clock.now() + timedelta(days=9)).point, make_giveaway(channel).point
    homes = {event.pk: f"/ways-in/{event.pk}/event/", giveaway.pk: f"/ways-in/giveaway/{giveaway.pk}/"}
    for pk, home in homes.items():
        address = f"/ways-in/{pk}/then/"
        assert address in client.get(home).content.decode()
        version = client.get(address).context["form"]["version"].value()
        saved = client.post(address, {"version": version, "then-0-action": "contacts.tag", "then-0-tag": "VIP"})
        assert saved["Location"] == home
        assert "Beri label “VIP”" in client.get(home).content.decode()


def test_actions_run_for_each_person_who_joins_and_a_refused_one_holds_up_nothing(channel: Channel) -> None:
    workspace = channel.workspace
    field = create_field(workspace=workspace, label="Ukuran", kind="text")
    point = make_point(channel)
    save_actions(workspace=workspace, point_id=point.pk, calls=[SIZE, VIP])
    delete_field(workspace=workspace, field_id=field.pk)
    say(channel, f"Halo #{code_of(point)}")
    contact = Contact.objects.get(identities__value=AYU)
    assert consent_of(workspace, contact.pk).state == "granted"
    assert tags_of([contact.pk]) == {contact.pk: ["VIP"]}


def test_the_page_stores_the_actions_and_refuses_to_overwrite(channel: Channel) -> None:
    client, point = signed_in(channel.workspace), make_point(channel)
    address = f"/ways-in/{point.pk}/then/"
    version = client.get(address).context["form"]["version"].value()
    added = client.post(address, {"version": version, "then-add": "contacts.tag"})
    assert added.status_code == 200
    posted = {"version": version, "then-0-action": "contacts.tag", "then-0-tag": "VIP"}
    assert client.post(address, {**posted, "then-0-tag": ""}).status_code == 422
    assert client.post(address, posted).status_code == 302
    assert client.post(address, {**posted, "then-0-tag": "Lain"}).status_code == 422
    point.refresh_from_db()
    assert point.then == [VIP.stored()]
    assert "Beri label “VIP”" in client.get(f"/ways-in/{point.pk}/").content.decode()
