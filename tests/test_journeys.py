"""Four journeys of the article over the simulator: welcome, birthday, left cart and win-back, from their recipes."""

from datetime import UTC, date, datetime

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.services import write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.services import CartLine, CartUpdate, update_cart
from wabolt.commerce.services.abandoning import IdleCarts, abandon_idle_carts
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import find_by_identity
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events, work_lane_once
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
    assert "36" not in greeting
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
