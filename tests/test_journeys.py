"""Four journeys of the article over the simulator: welcome, birthday, left cart and win-back, from their recipes. Each
contact action of every room as a step."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts.models import Alert
from wabolt.autoreply.models import ChatFormRun, ConversationMode
from wabolt.autoreply.tests.factories import make_chat_form
from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.services import write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.commerce.services import CartLine, CartUpdate, update_cart
from wabolt.commerce.services.abandoning import IdleCarts, abandon_idle_carts
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import find_by_identity, tags_of
from wabolt.contacts.registry import contact_actions
from wabolt.contacts.services import add_tags, create_field
from wabolt.inbox.models import Assignment
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.rules.definition import Act, Wait
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events, work_lane_once
from wabolt.optin.models import Offer
from wabolt.optin.tests.factories import code_of, make_point

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""Monday, 10.00 in Jakarta."""
AYU = "+6281399900001"


@pytest.fixture
def held():
    with clock.hold(MORNING) as moment:
        yield moment


@pytest.fixture
def workspace(db: None, held: clock.HeldClock) -> Workspace:
    workspace = make_workspace("Gaya Nusantara")
    create_defaults(workspace=workspace)
    return workspace


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


def live(workspace: Workspace, recipe: str) -> Journey:
    journey = services.create_from_recipe(workspace=workspace, key=recipe)
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    return services.publish(journey=journey)


def joined(channel: Channel) -> Contact:
    """A customer who has just joined through the code at the till."""
    code = code_of(make_point(channel))
    write_as_customer(channel=channel, phone=AYU, text=f"Halo kak #{code}", name="Ayu Lestari")
    SimulatorProvider(channel).collect(1000)
    process_raw_events(channel)
    person = find_by_identity(channel.workspace, "phone", AYU)
    assert person is not None
    return person


def got(channel: Channel) -> list[str]:
    """The texts that journeys have sent, in order."""
    while work_lane_once(channel):
        pass
    sent = Message.objects.filter(channel=channel, origin_kind="journey").exclude(sent_at=None).order_by("pk")
    return list(sent.values_list("text", flat=True))


def test_welcome(workspace: Workspace, channel: Channel, held: clock.HeldClock) -> None:
    journey, follower = live(workspace, "welcome"), Follower()
    joined(channel)
    follower.catch_up()
    [welcome] = got(channel)
    assert "Ayu" in welcome
    assert "diskon 10%" in welcome
    follower.catch_up()
    assert len(got(channel)) == 1
    held.move(days=3)
    follower.catch_up()
    assert len(got(channel)) == 2
    assert Enrollment.objects.get(journey=journey).state == "finished"
    assert is_balanced(journey)


def test_who_answers_the_welcome_is_not_reminded(workspace: Workspace, channel: Channel, held: clock.HeldClock) -> None:
    live(workspace, "welcome")
    follower = Follower()
    joined(channel)
    follower.catch_up()
    assert len(got(channel)) == 1
    held.move(hours=1)
    write_as_customer(channel=channel, phone=AYU, text="Makasih kak, nanti saya mampir")
    SimulatorProvider(channel).collect(1000)
    process_raw_events(channel)
    held.move(days=3)
    follower.catch_up()
    assert len(got(channel)) == 1


def test_birthday(workspace: Workspace, channel: Channel, held: clock.HeldClock) -> None:
    person = joined(channel)
    Contact.objects.filter(pk=person.pk).update(birth_date=date(1990, 11, 25))
    journey = live(workspace, "birthday")
    services.enter_due()
    assert not got(channel)
    held.move(days=1, hours=23)
    for _again in range(3):
        services.enter_due()
        services.advance_due()
        [greeting] = got(channel)
    assert "Selamat ulang tahun, Ayu" in greeting
    code = Voucher.objects.get().code
    assert code in greeting
    assert "36" not in greeting.replace(code, "")
    assert is_balanced(journey)


@pytest.mark.parametrize("emptied", [False, True])
def test_left_cart(workspace: Workspace, channel: Channel, held: clock.HeldClock, emptied: bool) -> None:
    """An emptied cart is not reminded of."""
    journey, person, follower = live(workspace, "cart"), joined(channel), Follower()
    lines = (CartLine(name="Kemeja Batik Parang", price=245_000),)
    assert update_cart(workspace=workspace, update=CartUpdate(person.pk, "k1", clock.now(), lines))
    idle = IdleCarts()
    abandon_idle_carts(idle)
    held.move(hours=2)
    abandon_idle_carts(idle)
    follower.catch_up()
    assert Enrollment.objects.get(journey=journey).state == "active"
    if emptied:
        update_cart(workspace=workspace, update=CartUpdate(person.pk, "k1", clock.now()))
    held.move(hours=2)
    follower.catch_up()
    texts = got(channel)
    assert len(texts) == (0 if emptied else 1)
    assert emptied or "keranjang" in texts[0]
    assert is_balanced(journey)


def test_win_back(workspace: Workspace, channel: Channel, held: clock.HeldClock) -> None:
    joined(channel)
    journey = live(workspace, "win_back")
    held.move(days=59)
    services.enter_due()
    services.advance_due()
    assert not got(channel)
    held.move(days=2)
    services.enter_due()
    services.advance_due()
    [hello] = got(channel)
    assert "lama tidak ketemu" in hello
    held.move(days=8)
    services.enter_due()
    services.advance_due()
    assert len(got(channel)) == 2
    assert Enrollment.objects.get(journey=journey).state == "finished"
    assert is_balanced(journey)


# Actions --------------------------------------------------------------------------------------------------------------


def _field(workspace: Workspace, _person: Contact) -> dict[str, Any]:
    create_field(workspace=workspace, label="Minat", kind="text")
    return {"column": "minat", "value": "batik"}


def _old_label(workspace: Workspace, person: Contact) -> dict[str, Any]:
    add_tags(workspace=workspace, contact_ids=[person.pk], tag_names=["Lama"])
    return {"tag": "Lama"}


def _other(workspace: Workspace, _person: Contact) -> dict[str, Any]:
    return {"journey": make_journey(workspace, Wait("w1")).pk}


def _where_they_are(workspace: Workspace, person: Contact) -> dict[str, Any]:
    other = make_journey(workspace, Wait("w1"))
    services.enroll(journey=other, entrants=[services.Entrant(person.pk)])
    return {"journey": other.pk}


def _list(workspace: Workspace, _person: Contact) -> dict[str, Any]:
    make_point(Channel.objects.get(workspace=workspace))
    return {}


ACTIONS: dict[str, tuple[Callable[[Workspace, Contact], dict[str, Any]], Callable[[Contact], bool]]] = {
    "contacts.tag": (lambda *_: {"tag": "VIP"}, lambda person: tags_of([person.pk])[person.pk] == ["VIP"]),
    "contacts.untag": (_old_label, lambda person: not tags_of([person.pk]).get(person.pk)),
    "contacts.set_field": (_field, lambda person: person.fields["minat"] == "batik"),
    "contacts.note": (lambda *_: {"text": "Tanya grosir"}, lambda person: person.notes.get().text == "Tanya grosir"),
    "commerce.give_voucher": (lambda *_: {"percent": 10, "days": 14}, lambda person: person.vouchers.count() == 1),
    "journeys.start": (_other, lambda person: Enrollment.objects.filter(contact=person, state="active").exists()),
    "journeys.end": (
        _where_they_are,
        lambda person: Enrollment.objects.get(contact=person, state="exited").reason == "ended_by_action",
    ),
    "optin.offer_list": (_list, lambda person: Offer.objects.filter(contact=person).exists()),
    "autoreply.start_form": (
        lambda workspace, _person: {"form": str(make_chat_form(workspace).pk)},
        lambda person: ChatFormRun.objects.filter(contact=person).exists(),
    ),
    "autoreply.hand_over": (lambda *_: {}, lambda _person: ConversationMode.objects.get().taken_over_until is not None),
    "inbox.tell_team": (
        lambda *_: {"text": "mau jadi reseller"}, lambda person: Alert.objects.get(kind="inbox.look").data["count"] == 1
    ),
    "inbox.assign": (
        lambda workspace, _person: {"member": str(make_member(workspace, "agent").pk)},
        lambda person: Assignment.objects.get().conversation.contact == person,
    ),
}  # fmt: skip
"""{action: (its parameters, whether it has been done)}."""


@pytest.mark.parametrize("key", ACTIONS)
def test_each_action_is_a_step(workspace: Workspace, channel: Channel, key: str) -> None:
    write_as_customer(channel=channel, phone=AYU, text="Halo kak", name="Ayu Lestari")
    SimulatorProvider(channel).collect(1000)
    process_raw_events(channel)
    person = find_by_identity(workspace, "phone", AYU)
    assert person is not None
    params, is_done = ACTIONS[key]
    journey = make_journey(workspace, Act("a1", key, params(workspace, person)), Wait("w9"))
    services.enroll(journey=journey, entrants=[services.Entrant(person.pk)])
    services.advance_due()
    assert StepRun.objects.get(step__key="a1").outcome == "done"
    person.refresh_from_db()
    assert is_done(person)
    assert is_balanced(journey)


def test_no_action_is_left_out() -> None:
    assert {action.key for action in contact_actions()} == set(ACTIONS)
