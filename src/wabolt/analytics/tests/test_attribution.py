"""Attribution against a plain evaluation in Python, over shops made at random."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

import pytest
from django.db.models import F, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics import queries
from wabolt.analytics.models import TouchedContact
from wabolt.analytics.services import settle_attribution, touch_all
from wabolt.analytics.views import revenue_column
from wabolt.broadcasts.models import Broadcast, Recipient
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Order, Voucher
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts, run_consumers_once, undo_merge
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Journey, JourneyStep
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, MessageContent, TrackedLink

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STEP = timedelta(hours=12)
"""All moments lie on a grid, so that clicks and orders fall together, windows end exactly at an order, and every other
order is known by its day alone."""
STEPS = 24
CHAT_FORM, CHAT_FORM_ID = "chat_form", 77
"""An origin of another room: it has an attribution window, and analytics knows nothing else of it."""
SOURCES = ("broadcast", "journey", CHAT_FORM)


def _broadcast(chance: random.Random, workspace: Workspace, people: list[Contact], start: datetime) -> Broadcast:
    """One that went to some of the people, with clicks and answers; made as a freeze and the lane leave it."""
    channel = make_channel(workspace)
    content = MessageContent.objects.create(workspace=workspace, text="Lihat")
    links = [
        TrackedLink.objects.create(content=content, position=position, url=f"https://toko.example/{position}")
        for position in range(2)
    ]
    sent_at = start + STEP * chance.randrange(6)
    broadcast = make_broadcast(workspace, channel, attribution_days=chance.randint(1, 4))
    broadcast.content, broadcast.started_at, broadcast.state = content, sent_at, Broadcast.State.COMPLETED
    broadcast.save()
    for person in chance.sample(people, k=chance.randint(1, len(people))):
        left = chance.random() < 0.9
        Recipient.objects.create(broadcast=broadcast, contact=person, outcome="queued")
        message = Message.objects.create(
            workspace=workspace, channel=channel, contact=person, direction="outbound", purpose="marketing",
            state=chance.choice(["sent", "delivered", "read"]) if left else "failed", origin_kind="broadcast",
            origin_id=broadcast.pk, content=content, sent_at=sent_at if left else None,
            read_at=sent_at if left and chance.random() < 0.5 else None,
        )  # fmt: skip
        for _ in range(chance.choice([0, 0, 1, 2, 3])):
            at = start + STEP * chance.randrange(STEPS)
            Click.objects.create(
                link=chance.choice(links),
                message=message,
                contact_id=message.contact_id,
                at=at,
                is_bot=chance.random() < 0.25,
            )
    for person in chance.sample(people, k=2):
        Message.objects.create(
            workspace=workspace, channel=channel, contact=person, direction="inbound", state="received",
            origin_kind="contact", created_at=start + STEP * chance.randrange(STEPS),
            in_reply_to=chance.choice([None, *Message.objects.filter(contact=person, sent_at__isnull=False)]),
        )  # fmt: skip
    return broadcast


def _journey(chance: random.Random, workspace: Workspace, people: list[Contact], start: datetime) -> None:
    """A journey of two messages, some with clicks."""
    journey = Journey.objects.create(workspace=workspace, name="Selamat datang")
    channel = make_channel(workspace)
    for key in "ab":
        content = MessageContent.objects.create(workspace=workspace, text="Lihat")
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
    for person in chance.sample(people, k=chance.randint(1, len(people))):
        message = Message.objects.create(
            workspace=channel.workspace, channel=channel, contact=person, direction="outbound", purpose="marketing",
            state="sent", origin_kind=origin[0], origin_id=origin[1], content=content, sent_at=start,
        )  # fmt: skip
        for _ in range(chance.choice([0, 1, 2])):
            at, is_bot = start + STEP * chance.randrange(STEPS), chance.random() < 0.25
            Click.objects.create(link=link, message=message, contact_id=person.pk, at=at, is_bot=is_bot)


def _buy(chance: random.Random, workspace: Workspace, people: list[Contact], start: datetime) -> None:
    """Orders, some cancelled; some use a voucher of a broadcast or of something else."""
    vouchers: list[Voucher] = []
    origins = [("broadcast", pk) for pk in Broadcast.objects.filter(workspace=workspace).values_list("pk", flat=True)]
    origins += [
        ("journey", pk) for pk in JourneyStep.objects.filter(journey__workspace=workspace).values_list("pk", flat=True)
    ]
    others = [("form", 1), (CHAT_FORM, CHAT_FORM_ID)]
    for number, (person, (kind, pk)) in enumerate((p, o) for p in people for o in [*origins, *others]):
        if chance.random() < 0.3:
            voucher = Voucher.objects.create(
                workspace=workspace, contact=person, code=f"K{number}", percent=10, valid_until=clock.now(),
                origin_kind=kind, origin_id=pk,
            )  # fmt: skip
            vouchers.append(voucher)
    for number in range(30):
        state = "completed" if chance.random() < 0.8 else "cancelled"
        order = Order.objects.create(
            workspace=workspace, contact=chance.choice(people), number=f"{number}", total=2**number, currency="IDR",
            ordered_at=start + STEP * chance.randrange(STEPS), state=state,
        )  # fmt: skip
        if vouchers and chance.random() < 0.2:
            Voucher.objects.filter(pk=vouchers.pop(chance.randrange(len(vouchers))).pk).update(order=order)


def _shop(chance: random.Random, name: str) -> tuple[Workspace, list[Broadcast]]:
    workspace = make_workspace(name)
    # From a midnight of the shop on: every second step is one.
    start = datetime.combine(clock.now().date() - timedelta(days=20), time(), tzinfo=workspace.tz)
    people = [make_contact(workspace, f"Ayu {number}") for number in range(5)]
    ids = [person.pk for person in people]
    grant(
        workspace=workspace,
        contact_ids=ids,
        statement=ConsentStatement("marketing", "member", evidence={"statement": "ya"}),
    )
    broadcasts = [_broadcast(chance, workspace, people, start) for _ in range(3)]
    _journey(chance, workspace, people, start)
    asked = MessageContent.objects.create(workspace=workspace, text="Lihat")
    _send_and_click(chance, (CHAT_FORM, CHAT_FORM_ID), asked, make_channel(workspace), people, start)
    _buy(chance, workspace, people, start)
    for person in ids[:3]:
        at = start + STEP * chance.randrange(10)
        withdraw(workspace=workspace, contact_ids=[person], statement=ConsentStatement("marketing", "member", at=at))
    return workspace, broadcasts


@dataclass(frozen=True)
class Facts:
    """The rows of a shop that decide which broadcast or step an order belongs to, read by five statements."""

    orders: list[Order]
    vouchers: dict[int, Voucher]
    """{order id: its first voucher}"""
    clicks: dict[int, list[Click]]
    """{contact id: the clicks of people, with their messages}"""
    days: dict[int, int]
    """{broadcast id: days of its attribution}"""
    tz: tzinfo

    @classmethod
    def of(cls, workspace: Workspace) -> "Facts":
        workspace.refresh_from_db()
        clicks = defaultdict(list)
        for click in Click.objects.filter(message__origin_kind__in=SOURCES, is_bot=False).select_related("message"):
            clicks[click.contact_id].append(click)
        return cls(
            orders=list(Order.objects.filter(workspace=workspace)),
            vouchers={v.order_id: v for v in Voucher.objects.exclude(order=None).order_by("-pk")},
            clicks=clicks,
            days=dict(Broadcast.objects.values_list("pk", "attribution_days")),
            tz=workspace.tz,
        )

    def answered(self, order: Order) -> tuple[str, int] | None:
        """The broadcast or step that the order belongs to: the rule of the attribution module, word by word."""
        if order.state != "completed":
            return None
        if redeemed := self.vouchers.get(order.pk):
            return (redeemed.origin_kind, redeemed.origin_id) if redeemed.origin_kind in SOURCES else None
        here = order.ordered_at.astimezone(self.tz)
        latest = order.ordered_at + DAY - timedelta(microseconds=1) if here.time() == time() else order.ordered_at
        clicks = [click for click in self.clicks[order.contact_id] if click.at <= latest]
        last = max(clicks, key=lambda click: (click.at, click.pk), default=None)
        if last is None:
            return None
        kind, pk = last.message.origin_kind, last.message.origin_id
        days = self.days[pk] if kind == "broadcast" else {"journey": 7, CHAT_FORM: 30}[kind]
        return (kind, pk) if order.ordered_at < last.at + timedelta(days=days) else None


def _expected(workspace: Workspace, chosen: Iterable[Broadcast | JourneyStep]) -> dict[int, tuple[int, int]]:
    """The orders and the revenue of these broadcasts or of these steps."""
    return _earned(workspace, {("broadcast" if isinstance(item, Broadcast) else "journey", item.pk) for item in chosen})


def _earned(workspace: Workspace, origins: set[tuple[str, int]]) -> dict[int, tuple[int, int]]:
    """{origin id: (orders, revenue)} of these origins."""
    found: dict[int, list[int]] = defaultdict(list)
    facts = Facts.of(workspace)
    for order in facts.orders:
        answered = facts.answered(order)
        if answered in origins:
            found[answered[1]].append(order.total)  # type: ignore[index]
    return {pk: (len(totals), sum(totals)) for pk, totals in found.items()}


def _deeds(broadcast: Broadcast) -> tuple[int, int, int]:
    """Counts the contacts who clicked, and of those it was sent to the ones who replied and opted out."""
    window = timedelta(days=broadcast.attribution_days)
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk, sent_at__isnull=False)
    clicks = Click.objects.filter(message__origin_kind="broadcast", message__origin_id=broadcast.pk, is_bot=False)
    clicked = clicks.values("contact").distinct().count()
    replied = opted_out = 0
    for message in sent:
        assert message.sent_at
        until = message.sent_at + window
        withdrawn = message.contact.consent_events.filter(purpose="marketing", action="withdrawn")
        replied += Message.objects.filter(in_reply_to=message).exists()
        opted_out += withdrawn.filter(at__gte=message.sent_at, at__lt=until).exists()
    return clicked, replied, opted_out


@pytest.mark.parametrize("seed", range(6))
def test_orders_belong_where_a_plain_evaluation_puts_them(seed: int) -> None:
    chance = random.Random(seed)
    for workspace, broadcasts in [_shop(chance, "Toko"), _shop(chance, "Toko Lain")]:
        for count in (1, 2, 3):
            chosen = chance.sample(broadcasts, k=count)
            earned = queries.revenue_of(workspace.pk, "broadcast", [item.pk for item in chosen])
            assert earned == _expected(workspace, chosen)
        steps = list(JourneyStep.objects.filter(journey__workspace=workspace))
        earned = queries.revenue_of(workspace.pk, "journey", [step.pk for step in steps])
        assert earned == _expected(workspace, steps)
        earned = queries.revenue_of(workspace.pk, CHAT_FORM, [CHAT_FORM_ID])
        assert earned == _earned(workspace, {(CHAT_FORM, CHAT_FORM_ID)})
        for broadcast in broadcasts:
            orders, revenue = _expected(workspace, [broadcast]).get(broadcast.pk, (0, 0))
            report = queries.report(broadcast)
            assert (report.clicked, report.replied, report.opted_out) == _deeds(broadcast)
            assert (report.orders, report.revenue) == (orders, revenue)


def test_the_random_shops_hold_every_case() -> None:
    """Otherwise the test above would prove little."""
    chance = random.Random(0)
    shops = [_shop(chance, f"Toko {number}") for number in range(3)]
    assert all(_expected(workspace, broadcasts) for workspace, broadcasts in shops)
    redeemed = Voucher.objects.filter(order__state="completed").values_list("origin_kind", flat=True)
    assert set(redeemed) == {"broadcast", "journey", "form", CHAT_FORM}
    assert any(_earned(workspace, {(CHAT_FORM, CHAT_FORM_ID)}) for workspace, _broadcasts in shops)
    counts = [_deeds(broadcast) for _workspace, broadcasts in shops for broadcast in broadcasts]
    assert all(map(any, zip(*counts, strict=True)))


def test_a_shop_sees_nothing_of_another() -> None:
    chance = random.Random(1)
    (mine, _), (_other, theirs) = _shop(chance, "Toko"), _shop(chance, "Toko Lain")
    assert queries.revenue_of(mine.pk, "broadcast", [item.pk for item in theirs]) == {}


def test_an_order_of_which_only_the_day_is_known_answers_a_click_of_that_day() -> None:
    workspace = make_workspace(timezone="Asia/Makassar")
    people = [make_contact(workspace, "Ayu"), make_contact(workspace, "Budi")]
    broadcast = _broadcast(random.Random(3), workspace, people, clock.now())
    Click.objects.all().delete()
    morning = datetime(2026, 11, 18, 10, tzinfo=workspace.tz)
    message = Message.objects.filter(origin_id=broadcast.pk).first()
    link = TrackedLink.objects.filter(content=broadcast.content).first()
    assert message is not None
    Click.objects.create(link=link, message=message, contact_id=message.contact_id, at=morning, is_bot=False)
    moments = [
        datetime(2026, 11, 18, tzinfo=workspace.tz),  # that day, no hour
        datetime(2026, 11, 18, 9, tzinfo=workspace.tz),  # an hour before the click
        datetime(2026, 11, 17, tzinfo=workspace.tz),  # the day before
    ]
    for number, at in enumerate(moments):
        Order.objects.create(
            workspace=workspace, contact=message.contact, number=str(number), total=10**number, currency="IDR",
            ordered_at=at, state="completed",
        )  # fmt: skip
    assert queries.revenue_of(workspace.pk, "broadcast", [broadcast.pk]) == {broadcast.pk: (1, 1)}


@pytest.mark.parametrize("seed", range(4))
def test_kept_revenue_equals_a_plain_evaluation_after_every_change(seed: int) -> None:
    """The same figures with all, some and none of the touched contacts settled."""
    chance = random.Random(seed)
    workspace, broadcasts = _shop(chance, "Toko")
    people = list(Contact.objects.filter(workspace=workspace).values_list("pk", flat=True))

    def check() -> None:
        expected = _expected(workspace, broadcasts)
        assert queries.revenue_of(workspace.pk, "broadcast", [item.pk for item in broadcasts]) == expected
        settle_attribution(limit=chance.choice([1, 2, 1000]))
        assert queries.revenue_of(workspace.pk, "broadcast", [item.pk for item in broadcasts]) == expected

    check()
    for turn in range(60):
        _change(chance, workspace, people, turn)
        check()
    while settle_attribution():
        pass
    assert not TouchedContact.objects.exists()
    check()
    touch_all()
    while settle_attribution():
        pass
    check()


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _change(chance: random.Random, workspace: Workspace, people: list[int], turn: int) -> None:
    """One of the changes that can move an order to another broadcast, by one statement and without an event."""
    orders = Order.objects.filter(workspace=workspace)
    clicks = Click.objects.filter(link__content__workspace=workspace)
    vouchers = Voucher.objects.filter(workspace=workspace)
    some = [pk for pk in _ids(orders) if chance.random() < 0.2]
    click = clicks.get(pk=chance.choice(_ids(clicks)))
    changes: list[Callable[[], object]] = [
        lambda: orders.filter(pk__in=some).update(state=chance.choice(["completed", "cancelled"])),
        lambda: orders.filter(pk__in=some).update(ordered_at=F("ordered_at") + STEP * chance.choice([-2, -1, 1, 2])),
        lambda: orders.filter(pk__in=some).update(total=F("total") + 1),
        lambda: orders.filter(pk__in=some).update(contact=chance.choice(people)),
        lambda: orders.filter(pk__in=some[:1]).delete(),
        lambda: make_order(workspace, chance.choice(people), f"NEW {turn}", total=7, ordered_at=click.at + STEP),
        lambda: vouchers.update(order=None),
        lambda: vouchers.filter(pk=chance.choice(_ids(vouchers))).update(order=chance.choice(_ids(orders))),
        lambda: clicks.filter(contact=chance.choice(people)).update(contact=chance.choice(people)),
        lambda: clicks.filter(pk=click.pk).update(is_bot=not click.is_bot),
        lambda: clicks.filter(pk=click.pk).update(at=click.at + STEP),
        lambda: clicks.filter(pk=click.pk).delete() if clicks.count() > 5 else None,
        lambda: Broadcast.objects.filter(workspace=workspace).update(attribution_days=chance.randint(1, 4)),
        lambda: Workspace.objects.filter(pk=workspace.pk).update(
            timezone=chance.choice(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
        ),
    ]
    chance.choice(changes)()


@pytest.mark.django_db(transaction=True)
def test_the_consumer_settles_after_clicks_orders_and_merges() -> None:
    chance = random.Random(3)
    workspace, broadcasts = _shop(chance, "Toko")

    def check() -> None:
        fresh = {pk: total for pk, (_orders, total) in _expected(workspace, broadcasts).items()}
        assert revenue_column(workspace, broadcasts) == fresh
        wait_for_horizon()
        run_consumers_once()
        assert not TouchedContact.objects.exists()
        assert revenue_column(workspace, broadcasts) == fresh

    while settle_attribution():
        pass
    clicker = Click.objects.filter(is_bot=False).latest("at").contact
    at = Click.objects.latest("at").at + timedelta(hours=1)
    Click.objects.update(message=F("message"))  # no touch: attribution does not read the message
    assert not TouchedContact.objects.exists()
    make_order(workspace, clicker.pk, "NEW", total=777_000, ordered_at=at)
    check()
    other = Click.objects.exclude(contact=clicker).earliest("pk").contact
    merge = merge_contacts(workspace=workspace, keep_id=other.pk, absorb_id=clicker.pk, reason="member")
    check()
    undo_merge(workspace=workspace, merge_id=merge.pk)
    check()
