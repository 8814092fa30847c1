import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from django.db import connections, transaction
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import update_workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.commerce import queries
from wabolt.commerce.models import Order, OrderLine, Product, PurchaseFacts, Voucher
from wabolt.commerce.services import NewLine, RecordedOrders, issue_vouchers, record_orders
from wabolt.commerce.tests.factories import ORDERED_AT, make_order, new_order
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import describe_events
from wabolt.contacts.services import merge_contacts
from wabolt.contacts.tests.factories import make_contact, make_contacts
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return make_contact(workspace)


def _vouchers(workspace: Workspace, contact: Contact) -> int:
    return issue_vouchers(
        workspace=workspace,
        origin=("broadcast", 7),
        percent=10,
        valid_until=ORDERED_AT + timedelta(days=14),
        select="SELECT unnest(%(ids)s::bigint[])",
        params={"ids": [contact.pk]},
    )


def test_record_orders_keeps_facts_current(workspace: Workspace, contact: Contact) -> None:
    later = ORDERED_AT + timedelta(days=3)
    tenun = (NewLine("TNN-01", "Tenun Ikat", "Tenun ", 2, 400_000),)
    record_orders(
        workspace=workspace,
        orders=[new_order(contact.pk, "A"), new_order(contact.pk, "B", ordered_at=later, lines=tenun)],
    )
    facts = queries.facts_of(workspace, contact.pk)
    assert (facts.orders, facts.spent) == (2, 550_000)
    assert (facts.first_order_at, facts.last_order_at) == (ORDERED_AT, later)
    assert facts.categories == ["batik", "tenun"]


@each("seed", range(6), undone=True)
def test_the_usual_pause_is_the_median_between_the_days_with_an_order(
    workspace: Workspace, contact: Contact, seed: int
) -> None:
    """Days of the shop, of which the last order counts. Cancelled orders and those of long ago are left out."""
    dice = random.Random(seed)
    orders = [
        new_order(
            contact.pk, f"A{number}", ordered_at=ORDERED_AT - timedelta(minutes=dice.randrange(40 * 24 * 60)),
            state="cancelled" if dice.random() < 0.2 else "completed",
        )
        for number in range(dice.choice((2, 3, 4, 5, 12, 40)))
    ]  # fmt: skip
    long_ago = new_order(contact.pk, "old", ordered_at=ORDERED_AT - timedelta(days=800))
    record_orders(workspace=workspace, orders=[*orders, long_ago])
    usual = queries.facts_of(workspace, contact.pk).usual_pause
    assert usual == _usual([one.ordered_at for one in orders if one.state == "completed"], workspace)
    record_orders(workspace=workspace, orders=[replace(one, state="cancelled") for one in orders])
    assert queries.facts_of(workspace, contact.pk).usual_pause is None


def _usual(moments: Sequence[datetime], workspace: Workspace) -> timedelta | None:
    last: dict[date, datetime] = {}
    for at in sorted(moments):
        last[at.astimezone(workspace.tz).date()] = at
    pauses = [after - before for before, after in pairwise(sorted(last.values()))]
    return median(pauses) if len(pauses) >= 2 else None


def test_record_orders_twice_changes_nothing(workspace: Workspace, contact: Contact) -> None:
    orders = [new_order(contact.pk, "A"), new_order(contact.pk, "B")]
    assert record_orders(workspace=workspace, orders=orders) == RecordedOrders(frozenset("AB"), frozenset(), 0)
    before = list(OrderLine.objects.values().order_by("id")), Event.objects.count()
    assert record_orders(workspace=workspace, orders=orders) == RecordedOrders(frozenset(), frozenset(), 2)
    assert before == (list(OrderLine.objects.values().order_by("id")), Event.objects.count())


def test_record_orders_updates_a_known_order(workspace: Workspace, contact: Contact) -> None:
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", 100_000)])
    changed = new_order(contact.pk, "A", 90_000, lines=(NewLine("BTK-01", "", "", 1, 90_000),))
    assert record_orders(workspace=workspace, orders=[changed]) == RecordedOrders(frozenset(), frozenset("A"), 0)
    assert queries.facts_of(workspace, contact.pk).spent == 90_000
    assert [line.total for line in OrderLine.objects.all()] == [90_000]
    assert Product.objects.get().name == "Kemeja Batik Parang"  # an empty cell overwrites nothing


def test_lines_missing_from_an_updated_order_are_deleted(workspace: Workspace, contact: Contact) -> None:
    both = (NewLine("BTK-01", "Kemeja", "batik", 1, 100_000), NewLine("TNN-01", "Tenun", "tenun", 1, 50_000))
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", lines=both)])
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", lines=both[1:])])
    assert [line.product.sku for line in OrderLine.objects.all()] == ["TNN-01"]
    assert queries.facts_of(workspace, contact.pk).categories == ["tenun"]
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", lines=())])
    assert OrderLine.objects.count() == 1, "told without its lines, it keeps them"


def test_each_change_of_state_has_one_event(workspace: Workspace, contact: Contact) -> None:
    for total, state in ((1, "completed"), (2, "completed"), (2, "cancelled"), (3, "cancelled"), (3, "completed")):
        record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", total, state=state)])
    told = Event.objects.filter(kind__startswith="order_").order_by("id").values_list("kind", flat=True)
    expected = ["order_completed", "order_updated", "order_cancelled", "order_updated", "order_completed"]
    assert list(told) == expected
    assert describe_events([Event.objects.get(kind="order_cancelled")])[0].title == "Pesanan dibatalkan"


def test_cancelled_order_counts_for_nothing(workspace: Workspace, contact: Contact) -> None:
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A")])
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", state="cancelled")])
    facts = queries.facts_of(workspace, contact.pk)
    assert (facts.orders, facts.spent, facts.categories) == (0, 0, [])
    assert list(Event.objects.order_by("id").values_list("kind", flat=True))[-1] == "order_cancelled"


def test_order_number_belongs_to_its_workspace(workspace: Workspace, contact: Contact) -> None:
    other = make_workspace("Toko Lain")
    stranger = make_contact(other)
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A")])
    record_orders(workspace=other, orders=[new_order(stranger.pk, "A")])
    assert Order.objects.count() == 2
    assert queries.facts_of(workspace, contact.pk).orders == 1


def test_voucher_is_issued_once_and_redeemed_by_the_order_that_uses_it(workspace: Workspace, contact: Contact) -> None:
    assert _vouchers(workspace, contact) == 1
    assert _vouchers(workspace, contact) == 0
    voucher = Voucher.objects.get()
    assert len(voucher.code) == 8
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", voucher_code=f" {voucher.code.lower()} ")])
    voucher.refresh_from_db()
    assert voucher.redeemed_at == ORDERED_AT
    assert voucher.order == Order.objects.get()
    event = Event.objects.get(kind="voucher_redeemed")
    assert event.data == {"voucher": voucher.pk, "code": voucher.code, "order": voucher.order_id, "broadcast": 7}


def test_no_code_looks_like_a_word(workspace: Workspace) -> None:
    people = make_contacts(workspace, ["Ayu"] * 40)
    issue_vouchers(
        workspace=workspace,
        origin=("broadcast", 7),
        percent=10,
        valid_until=ORDERED_AT + timedelta(days=14),
        select="SELECT unnest(%(ids)s::bigint[])",
        params={"ids": [person.pk for person in people]},
    )
    codes = list(Voucher.objects.values_list("code", flat=True))
    assert len(set(codes)) == 40
    assert all(len(code) == 8 and code[-1] in "23456789" for code in codes)


def test_contacts_with_vouchers_of_one_broadcast_can_be_merged(workspace: Workspace, contact: Contact) -> None:
    other = make_contact(workspace, phone="+6281234567899")
    assert _vouchers(workspace, contact) == _vouchers(workspace, other) == 1
    merge_contacts(workspace=workspace, keep_id=contact.pk, absorb_id=other.pk, reason="member")
    assert Voucher.objects.filter(contact=contact).count() == 1


def test_voucher_reported_later_is_redeemed(workspace: Workspace, contact: Contact) -> None:
    _vouchers(workspace, contact)
    voucher = Voucher.objects.get()
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A")])
    again = record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", voucher_code=voucher.code)])
    assert again.updated == {"A"}
    voucher.refresh_from_db()
    assert voucher.order == Order.objects.get()


def test_timeline_shows_products_and_total(workspace: Workspace, contact: Contact) -> None:
    record_orders(workspace=workspace, orders=[new_order(contact.pk, "A", 250_000)])
    assert describe_events([Event.objects.get(kind="order_completed")])[0].line == "Rp250.000 · Kemeja Batik Parang"


def test_a_shop_with_orders_keeps_its_currency(workspace: Workspace) -> None:
    owner = make_member(workspace)

    def change(currency: str, name: str = "Toko") -> None:
        update_workspace(
            workspace=workspace, name=name, timezone="Asia/Jakarta", language="id", currency=currency, by=owner
        )

    other = make_workspace("Toko Lain")
    make_order(other, make_contact(other).pk)
    change("SGD")
    change("IDR")
    make_order(workspace, make_contact(workspace).pk)
    change("IDR", "Toko Baru")
    with pytest.raises(DomainError) as refusal:
        change("SGD")
    assert (refusal.value.code, refusal.value.field) == ("has_amounts", "currency")
    workspace.refresh_from_db()
    assert (workspace.currency, workspace.name) == ("IDR", "Toko Baru")


def test_a_voucher_of_a_cancelled_order_can_be_used_again(workspace: Workspace, contact: Contact) -> None:
    _vouchers(workspace, contact)
    voucher = Voucher.objects.get()
    first = replace(new_order(contact.pk, "A"), voucher_code=voucher.code)
    record_orders(workspace=workspace, orders=[first])
    record_orders(workspace=workspace, orders=[replace(first, state="cancelled")])
    voucher.refresh_from_db()
    assert (voucher.redeemed_at, voucher.order) == (None, None)
    record_orders(workspace=workspace, orders=[replace(first, number="B", ordered_at=ORDERED_AT + timedelta(days=1))])
    voucher.refresh_from_db()
    assert voucher.order is not None
    assert voucher.order.number == "B"


def test_first_of_two_orders_with_one_voucher_redeems_it(workspace: Workspace, contact: Contact) -> None:
    _vouchers(workspace, contact)
    voucher = Voucher.objects.get()
    orders = [
        replace(
            new_order(contact.pk, str(number)),
            voucher_code=voucher.code,
            ordered_at=ORDERED_AT + timedelta(days=(7 - number) % 5),
        )
        for number in range(5)
    ]
    record_orders(workspace=workspace, orders=orders)
    voucher.refresh_from_db()
    assert voucher.order is not None
    assert voucher.order.number == "2"
    assert Event.objects.filter(kind="voucher_redeemed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_orders_of_one_contact_are_both_in_the_facts() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    tenun = (
        NewLine("TNN-01", "Tenun Ikat", "tenun", 1, 150_000),
    )  # orders of one product would wait for each other anyway
    started = threading.Event()

    def second() -> None:
        started.set()
        try:
            record_orders(workspace=workspace, orders=[new_order(contact.pk, "B", lines=tenun)])
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        record_orders(workspace=workspace, orders=[new_order(contact.pk, "A")])
        thread.start()
        started.wait(10)
        thread.join(0.2)
    thread.join(30)
    facts = queries.facts_of(workspace, contact.pk)
    assert (facts.orders, facts.spent) == (2, 300_000)


def test_event_of_changed_lines_belongs_to_the_contact_of_the_order(workspace: Workspace, contact: Contact) -> None:
    order = new_order(contact.pk, "A", 1)
    record_orders(workspace=workspace, orders=[order])
    other = make_contact(workspace)
    lines = (NewLine("TAS-01", category="tas", total=1),)
    record_orders(workspace=workspace, orders=[replace(order, contact_id=other.pk, lines=lines, total=1)])
    told = Event.objects.filter(kind="order_updated").values_list("contact", flat=True)
    assert list(told) == [contact.pk]
    assert PurchaseFacts.objects.get(contact=contact).categories == ["tas"]
