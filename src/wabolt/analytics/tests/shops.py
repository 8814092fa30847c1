"""Shops made at random for the tests of attribution: broadcasts, a journey, clicks, orders and vouchers."""

import random
from datetime import datetime, time, timedelta

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts.models import Broadcast, Recipient
from wabolt.broadcasts.tests.factories import make_segment
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Order, Voucher
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts.models import Contact
from wabolt.journeys.models import Journey, JourneyStep
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, MessageContent, TrackedLink
from wabolt.segments.models import Segment

STEP = timedelta(hours=12)
"""All moments lie on a grid, so that clicks and orders fall together, windows end exactly at an order, and every other
order is known by its day alone."""
STEPS = 24
CHAT_FORM, CHAT_FORM_ID = "chat_form", 77
"""An origin of another room: it has an attribution window, and analytics knows nothing else of it."""


def _some(chance: random.Random, people: list[Contact]) -> list[Contact]:
    return chance.sample(people, k=chance.randint(1, len(people)))


def _moment(chance: random.Random, start: datetime) -> datetime:
    return start + STEP * chance.randrange(STEPS)


def make_sent_broadcast(
    chance: random.Random, channel: Channel, segment: Segment, people: list[Contact], start: datetime
) -> Broadcast:
    """One that went to some of the people, with clicks and answers; made as a freeze and the lane leave it."""
    workspace = channel.workspace
    content = MessageContent.objects.create(workspace=workspace, text="Lihat")
    links = TrackedLink.objects.bulk_create(
        TrackedLink(content=content, position=position, url=f"https://toko.example/{position}") for position in range(2)
    )
    sent_at = start + STEP * chance.randrange(6)
    broadcast = Broadcast.objects.create(
        workspace=workspace, channel=channel, segment=segment, content=content, started_at=sent_at,
        attribution_days=chance.randint(1, 4), state=Broadcast.State.COMPLETED,
    )  # fmt: skip
    messages = []
    for person in _some(chance, people):
        left = chance.random() < 0.9
        message = Message(
            workspace=workspace, channel=channel, contact=person, direction="outbound", purpose="marketing",
            state=chance.choice(["sent", "delivered", "read"]) if left else "failed", origin_kind="broadcast",
            origin_id=broadcast.pk, content=content, sent_at=sent_at if left else None,
            read_at=sent_at if left and chance.random() < 0.5 else None,
        )  # fmt: skip
        messages.append(message)
    Message.objects.bulk_create(messages)
    Recipient.objects.bulk_create(
        Recipient(broadcast=broadcast, contact=message.contact, outcome="queued") for message in messages
    )
    _click(chance, messages, links, [0, 0, 1, 2, 3], start)
    sent = Message.objects.filter(workspace=workspace, sent_at__isnull=False)
    Message.objects.bulk_create([
        Message(
            workspace=workspace, channel=channel, contact=person, direction="inbound", state="received",
            origin_kind="contact", created_at=_moment(chance, start),
            in_reply_to=chance.choice([None, *(one for one in sent if one.contact_id == person.pk)]),
        )
        for person in chance.sample(people, k=2)
    ])  # fmt: skip
    return broadcast


def _click(
    chance: random.Random, messages: list[Message], links: list[TrackedLink], counts: list[int], start: datetime
) -> None:
    """As many clicks in each message as one of `counts`."""
    Click.objects.bulk_create([
        Click(
            link=chance.choice(links), message=message, contact_id=message.contact_id, at=_moment(chance, start),
            is_bot=chance.random() < 0.25,
        )
        for message in messages
        for _ in range(chance.choice(counts))
    ])  # fmt: skip


def _journey(chance: random.Random, channel: Channel, people: list[Contact], start: datetime) -> None:
    """A journey of two messages, some with clicks."""
    journey = Journey.objects.create(workspace=channel.workspace, name="Selamat datang")
    for key in "ab":
        content = MessageContent.objects.create(workspace=channel.workspace, text="Lihat")
        step = JourneyStep.objects.create(journey=journey, key=key, kind="send", content=content)
        _send_and_click(chance, ("journey", step.pk), content, channel, people, start)


def _send_and_click(
    chance: random.Random,
    origin: tuple[str, int],
    content: MessageContent,
    channel: Channel,
    people: list[Contact],
    start: datetime,
) -> None:
    """Messages of one origin to some of the people, and clicks. All messages have the same link."""
    link = TrackedLink.objects.create(content=content, position=0, url="https://toko.example/")
    messages = Message.objects.bulk_create(
        Message(
            workspace=channel.workspace, channel=channel, contact=person, direction="outbound", purpose="marketing",
            state="sent", origin_kind=origin[0], origin_id=origin[1], content=content, sent_at=start,
        )
        for person in _some(chance, people)
    )  # fmt: skip
    _click(chance, messages, [link], [0, 1, 2], start)


def _buy(chance: random.Random, workspace: Workspace, people: list[Contact], start: datetime) -> None:
    """Orders, some cancelled; some use a voucher of a broadcast or of something else."""
    origins = [("broadcast", pk) for pk in Broadcast.objects.filter(workspace=workspace).values_list("pk", flat=True)]
    origins += [
        ("journey", pk) for pk in JourneyStep.objects.filter(journey__workspace=workspace).values_list("pk", flat=True)
    ]
    others = [("form", 1), (CHAT_FORM, CHAT_FORM_ID)]
    orders = Order.objects.bulk_create(
        Order(
            workspace=workspace, contact=chance.choice(people), number=f"{number}", total=2**number, currency="IDR",
            ordered_at=_moment(chance, start), state="completed" if chance.random() < 0.8 else "cancelled",
        )
        for number in range(30)
    )  # fmt: skip
    vouchers = [
        Voucher(
            workspace=workspace, contact=person, code=f"K{number}", percent=10, valid_until=clock.now(),
            origin_kind=kind, origin_id=pk,
        )
        for number, (person, (kind, pk)) in enumerate((p, o) for p in people for o in [*origins, *others])
        if chance.random() < 0.3
    ]  # fmt: skip
    redeemed = chance.sample(orders, k=min(6, len(vouchers)))
    for voucher, order in zip(chance.sample(vouchers, k=len(redeemed)), redeemed, strict=True):
        voucher.order = order
    Voucher.objects.bulk_create(vouchers)


def make_shop(chance: random.Random, name: str, size: int = 5) -> tuple[Workspace, list[Broadcast]]:
    workspace = make_workspace(name)
    # From a midnight of the shop on: every second step is one.
    start = datetime.combine(clock.now().date() - timedelta(days=20), time(), tzinfo=workspace.tz)
    people = Contact.objects.bulk_create(Contact(workspace=workspace, name=f"Ayu {number}") for number in range(size))
    ids = [person.pk for person in people]
    statement = ConsentStatement("marketing", "member", evidence={"statement": "ya"})
    grant(workspace=workspace, contact_ids=ids, statement=statement)
    channel, segment = make_channel(workspace), make_segment(workspace)
    broadcasts = [make_sent_broadcast(chance, channel, segment, people, start) for _ in range(3)]
    _journey(chance, channel, people, start)
    asked = MessageContent.objects.create(workspace=workspace, text="Lihat")
    _send_and_click(chance, (CHAT_FORM, CHAT_FORM_ID), asked, channel, people, start)
    _buy(chance, workspace, people, start)
    for person in ids[:3]:
        at = start + STEP * chance.randrange(10)
        withdraw(workspace=workspace, contact_ids=[person], statement=ConsentStatement("marketing", "member", at=at))
    return workspace, broadcasts
