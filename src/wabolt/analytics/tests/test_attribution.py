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
from wabolt.analytics.tests.shops import CHAT_FORM, CHAT_FORM_ID, STEP, make_sent_broadcast, make_shop
from wabolt.analytics.views import revenue_column
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_segment
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Order, Voucher
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.models import ConsentEvent
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts, run_consumers_once, undo_merge
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import JourneyStep
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, TrackedLink

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SOURCES = ("broadcast", "journey", CHAT_FORM)


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


Earned = dict[tuple[str, int], tuple[int, int]]


def _earned(workspace: Workspace) -> Earned:
    """{(origin kind, origin id): (orders, revenue)}"""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    facts = Facts.of(workspace)
    for order in facts.orders:
        answered = facts.answered(order)
        if answered is not None:
            found[answered].append(order.total)
    return {origin: (len(totals), sum(totals)) for origin, totals in found.items()}


def _of(earned: Earned, kind: str, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    return {pk: earned[kind, pk] for pk in ids if (kind, pk) in earned}


def _deeds(broadcast: Broadcast) -> tuple[int, int, int]:
    """Counts the contacts who clicked, and of those it was sent to the ones who replied and opted out."""
    window = timedelta(days=broadcast.attribution_days)
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk, sent_at__isnull=False)
    clicks = Click.objects.filter(message__origin_kind="broadcast", message__origin_id=broadcast.pk, is_bot=False)
    clicked = clicks.values("contact").distinct().count()
    replied = Message.objects.filter(in_reply_to__in=sent).values("in_reply_to").distinct().count()
    withdrawn = defaultdict(list)
    events = ConsentEvent.objects.filter(workspace=broadcast.workspace, purpose="marketing", action="withdrawn")
    for contact, at in events.values_list("contact", "at"):
        withdrawn[contact].append(at)
    opted_out = sum(
        any(message.sent_at <= at < message.sent_at + window for at in withdrawn[message.contact_id])
        for message in sent
        if message.sent_at
    )
    return clicked, replied, opted_out


def test_orders_belong_where_a_plain_evaluation_puts_them() -> None:
    chance, deeds = random.Random(1), []
    shops = [make_shop(chance, f"Toko {number}") for number in range(12)]
    for workspace, broadcasts in shops:
        earned = _earned(workspace)
        assert _of(earned, "broadcast", [item.pk for item in broadcasts])
        for count in (1, 2, 3):
            chosen = [item.pk for item in chance.sample(broadcasts, k=count)]
            assert queries.revenue_of(workspace.pk, "broadcast", chosen) == _of(earned, "broadcast", chosen)
        steps = list(JourneyStep.objects.filter(journey__workspace=workspace).values_list("pk", flat=True))
        assert queries.revenue_of(workspace.pk, "journey", steps) == _of(earned, "journey", steps)
        found = queries.revenue_of(workspace.pk, CHAT_FORM, [CHAT_FORM_ID])
        assert found == _of(earned, CHAT_FORM, [CHAT_FORM_ID])
        for broadcast in broadcasts:
            report = queries.report(broadcast)
            deeds.append(_deeds(broadcast))
            assert (report.clicked, report.replied, report.opted_out) == deeds[-1]
            assert (report.orders, report.revenue) == earned.get(("broadcast", broadcast.pk), (0, 0))
    # The shops hold every case; otherwise this would prove little.
    redeemed = Voucher.objects.filter(order__state="completed").values_list("origin_kind", flat=True)
    assert set(redeemed) == {"broadcast", "journey", "form", CHAT_FORM}
    assert {kind for workspace, _broadcasts in shops for kind, _pk in _earned(workspace)} == set(SOURCES)
    assert all(map(any, zip(*deeds, strict=True)))
    # A shop sees nothing of another.
    (mine, _), (_other, theirs), *_more = shops
    assert queries.revenue_of(mine.pk, "broadcast", [item.pk for item in theirs]) == {}


def test_an_order_of_which_only_the_day_is_known_answers_a_click_of_that_day() -> None:
    workspace = make_workspace(timezone="Asia/Makassar")
    people = [make_contact(workspace, "Ayu"), make_contact(workspace, "Budi")]
    channel, segment = make_channel(workspace), make_segment(workspace)
    broadcast = make_sent_broadcast(random.Random(3), channel, segment, people, clock.now())
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


def test_kept_revenue_equals_a_plain_evaluation_after_every_change() -> None:
    """The same figures with all, some and none of the touched contacts settled. Each change concerns several of twelve
    people, so that few changes hold many cases."""
    chance = random.Random(1)
    workspace, broadcasts = make_shop(chance, "Toko", 12)
    people = list(Contact.objects.filter(workspace=workspace).values_list("pk", flat=True))
    ids = [item.pk for item in broadcasts]

    def check() -> None:
        expected = _of(_earned(workspace), "broadcast", ids)
        assert queries.revenue_of(workspace.pk, "broadcast", ids) == expected
        settle_attribution(limit=chance.choice([1, 3, 1000]))
        assert queries.revenue_of(workspace.pk, "broadcast", ids) == expected

    check()
    kinds = [*range(len(_changes(chance, workspace, people, 0)))] * 4
    chance.shuffle(kinds)
    for turn, kind in enumerate(kinds):
        _changes(chance, workspace, people, turn)[kind]()
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


def _changes(chance: random.Random, workspace: Workspace, people: list[int], turn: int) -> list[Callable[[], object]]:
    """The changes that can move an order to another broadcast, each by one statement and without an event."""
    orders = Order.objects.filter(workspace=workspace)
    clicks = Click.objects.filter(link__content__workspace=workspace)
    vouchers = Voucher.objects.filter(workspace=workspace)
    some = [pk for pk in _ids(orders) if chance.random() < 0.2]
    clicked = clicks.filter(pk__in=[pk for pk in _ids(clicks) if chance.random() < 0.15])

    def buy_after_clicks() -> None:
        Order.objects.bulk_create(
            Order(
                workspace=workspace, contact_id=chance.choice(people), number=f"NEW {turn} {click.pk}", total=7,
                currency="IDR", ordered_at=click.at + STEP,
            )
            for click in clicked
        )  # fmt: skip

    return [
        lambda: orders.filter(pk__in=some).update(state=chance.choice(["completed", "cancelled"])),
        lambda: orders.filter(pk__in=some).update(ordered_at=F("ordered_at") + STEP * chance.choice([-2, -1, 1, 2])),
        lambda: orders.filter(pk__in=some).update(total=F("total") + 1),
        lambda: orders.filter(pk__in=some).update(contact=chance.choice(people)),
        lambda: orders.filter(pk__in=some[:1]).delete(),
        buy_after_clicks,
        lambda: vouchers.update(order=None),
        lambda: vouchers.filter(pk=chance.choice(_ids(vouchers))).update(order=chance.choice(_ids(orders))),
        lambda: clicks.filter(contact=chance.choice(people)).update(contact=chance.choice(people)),
        lambda: clicked.update(is_bot=~F("is_bot")),
        lambda: clicked.update(at=F("at") + STEP),
        lambda: clicks.filter(pk__in=_ids(clicked)[:1]).delete() if clicks.count() > 5 else None,
        lambda: Broadcast.objects.filter(workspace=workspace).update(attribution_days=chance.randint(1, 4)),
        lambda: Workspace.objects.filter(pk=workspace.pk).update(
            timezone=chance.choice(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
        ),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_consumer_settles_after_clicks_orders_and_merges() -> None:
    chance = random.Random(3)
    workspace, broadcasts = make_shop(chance, "Toko")

    def check() -> None:
        earned = _of(_earned(workspace), "broadcast", [item.pk for item in broadcasts])
        fresh = {pk: total for pk, (_orders, total) in earned.items()}
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
