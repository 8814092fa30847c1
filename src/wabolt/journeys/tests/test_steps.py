"""The contents and the fates of messages, and the figures of a step."""

from datetime import timedelta

import pytest

from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Order, Voucher
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment
from wabolt.journeys.queries.pages import step_figures
from wabolt.journeys.rules.definition import Branch, BranchArm, End, Outcome, Send, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_definition, make_journey
from wabolt.media.tests.factories import make_media
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Click, Message, TrackedLink

pytestmark = pytest.mark.django_db
HELLO = Send("s1", "Halo Kak, lihat https://toko.example/koleksi")


@pytest.fixture
def channel(workspace):
    return make_channel(workspace, cap_per_day=9, cap_per_week=20, quiet_from="00:00", quiet_until="00:00")


def let_in(journey, *people):
    enroll(journey=journey, entrants=[Entrant(person.pk) for person in people])
    advance_due()


def click(message, *, is_bot=False):
    link, _is_new = TrackedLink.objects.get_or_create(
        content=message.content, position=0, defaults={"url": "https://toko.example/koleksi"}
    )
    Click.objects.create(link=link, message=message, contact=message.contact, at=message.created_at, is_bot=is_bot)


def reply(message):
    Message.objects.create(
        workspace=message.workspace, channel=message.channel, contact=message.contact, direction="inbound",
        state="received", origin_kind="contact", text="Mau kak", created_at=message.created_at, in_reply_to=message,
    )  # fmt: skip


def test_a_message_carries_its_file_and_its_buttons(workspace, channel, contact):
    give_consent(workspace, [contact.pk])
    picture = make_media(workspace)
    steps = (Send("s1", "Koleksi baru, Kak", media=picture.pk), Send("s2", "Mau lihat?", choices=("Mau", "Nanti")))
    journey = services.create_journey(workspace=workspace, name="Kabar", definition=make_definition(*steps))
    services.note_test_run(journey=journey, draft_version=0)
    journey = services.publish(journey=journey)
    let_in(journey, contact)
    advance_due()
    first, second = Message.objects.order_by("pk")
    ask = journey.steps.get(key="s2").pk
    assert first.content is not None
    assert (first.content.media, first.choices) == (picture, [])
    assert [(one["id"], one["title"]) for one in second.choices] == [
        (f"journey:{ask}:1", "Mau"), (f"journey:{ask}:2", "Nanti"),
    ]  # fmt: skip
    while work_lane_once(channel):
        pass
    assert set(Message.objects.values_list("state", flat=True)) <= {"sent", "delivered", "read"}


_FATES = {
    "delivered": lambda message: Message.objects.filter(pk=message.pk).update(state="delivered"),
    "read": lambda message: Message.objects.filter(pk=message.pk).update(state="read"),
    "clicked": click,
    "replied": reply,
    "only a preview": lambda message: click(message, is_bot=True),
    "nothing": lambda _message: None,
}


def test_a_branch_asks_about_each_fate_of_a_message(workspace, channel, held):
    """One person for each fate goes through a journey for each question."""
    true = {
        "delivered": {"delivered"}, "read": {"delivered", "read"}, "clicked": {"clicked"}, "replied": {"replied"},
        "only a preview": set(), "nothing": set(),
    }  # fmt: skip
    assert true.keys() == _FATES.keys()
    people = {happened: make_contact(workspace, happened) for happened in true}
    for fate in ("delivered", "read", "clicked", "replied"):
        arm = BranchArm(Outcome("s1", fate), (Wait(f"w{fate}"),))
        make_journey(workspace, HELLO, Wait("w1"), Branch("b1", (arm,), (End("e1"),)))
    for journey in workspace.journeys.order_by("pk"):
        let_in(journey, *people.values())
    for happened, person in people.items():
        for message in Message.objects.filter(contact=person, direction="outbound").order_by("pk"):
            _FATES[happened](message)
    held.move(days=1)
    advance_due()
    for happened, person in people.items():
        inside = Enrollment.objects.filter(state="active", contact=person).values_list("step__key", flat=True)
        assert set(inside) == {f"w{fate}" for fate in true[happened]}, happened


def test_the_figures_of_a_step(workspace, channel, held):
    """Of four people one reads, clicks twice, answers and orders with the voucher; one has not said yes."""
    ayu, *others = people = [make_contact(workspace, name) for name in ("Ayu", "Budi", "Citra", "Dewi")]
    give_consent(workspace, [person.pk for person in people[:3]])
    journey = make_journey(workspace, Wait("w1", amount=0), HELLO, Wait("w2"))
    let_in(journey, *people)
    advance_due()
    while work_lane_once(channel):
        pass
    message = Message.objects.get(contact=ayu)
    Message.objects.filter(pk=message.pk).update(state="read")
    for _again in range(2):
        click(message)
    click(Message.objects.get(contact=others[0]), is_bot=True)
    reply(message)
    held.move(hours=1)
    order = Order.objects.create(
        workspace=workspace, contact=ayu, number="A1", total=150_000, currency="IDR", ordered_at=held(),
        state="completed",
    )  # fmt: skip
    step = journey.steps.get(key="s1")
    Voucher.objects.create(
        workspace=workspace, contact=ayu, code="HALO1234", percent=10, valid_until=held() + timedelta(days=7),
        origin_kind="journey", origin_id=step.pk, order=order, redeemed_at=held(),
    )  # fmt: skip
    figures = step_figures(workspace, journey)
    hello = figures["s1"]
    assert (hello.entered, hello.waiting, hello.sent, hello.read) == (4, 0, 3, 1)
    assert (hello.clicked, hello.replied, hello.orders, hello.revenue) == (1, 1, 1, 150_000)
    assert hello.not_sent == {"no_consent": 1}
    assert (figures["w2"].entered, figures["w2"].waiting) == (4, 4)
