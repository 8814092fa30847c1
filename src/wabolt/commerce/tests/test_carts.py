"""Carts: duplicates, late deliveries, orders, waiting and reminders on a real database."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Cart, CartSettings, CartVersion
from wabolt.commerce.queries import cart_still_waits, current_carts
from wabolt.commerce.services import (
    CartLine,
    CartUpdate,
    NewLine,
    NewOrder,
    abandon_idle_carts,
    record_orders,
    update_cart,
    update_carts,
)
from wabolt.commerce.services.abandoning import IdleCarts
from wabolt.commerce.variables import load_carts
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import erase_contacts, merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 3, 0, 30, tzinfo=UTC)
SHIRT = CartLine("BTK-01", "Kemeja Batik", 1, 245_000)
BAG = CartLine("AKS-01", "Tas Rotan", 2, 165_000)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return make_contact(workspace)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def fill(contact: Contact, minutes: float = 0, *lines: CartLine, key: str = "web:1", **more: object) -> Cart:
    update = CartUpdate(contact.pk, key, at(minutes), lines, **more)  # type: ignore[arg-type]
    cart = update_cart(workspace=contact.workspace, update=update)
    assert cart is not None
    return cart


def buy(contact: Contact, minutes: float, sku: str = "BTK-01", number: str = "GN-1", **more: object) -> None:
    order = NewOrder(contact.pk, number, at(minutes), (NewLine(sku, sku, "batik", 1, 245_000),), **more)  # type: ignore[arg-type]
    record_orders(workspace=contact.workspace, orders=[order])


def abandon(minutes: float, idle: IdleCarts | None = None) -> int:
    with clock.hold(at(minutes)):
        return abandon_idle_carts(idle or IdleCarts())


def states() -> list[str]:
    return list(Cart.objects.order_by("pk").values_list("state", flat=True))


def cart_events(contact: Contact) -> list[tuple[str, int]]:
    rows = Event.objects.filter(contact=contact, kind__startswith="cart_").order_by("id")
    return [(kind, data["version"]) for kind, data in rows.values_list("kind", "data")]


def test_each_change_is_a_version(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    cart = fill(contact, 5, SHIRT, BAG)
    assert (cart.version, cart.total, cart.state, cart.currency) == (2, 575_000, "open", "IDR")
    assert list(CartVersion.objects.order_by("number").values_list("number", "total")) == [(1, 245_000), (2, 575_000)]
    assert cart_events(contact) == [("cart_updated", 1), ("cart_updated", 2)]
    data = Event.objects.filter(kind="cart_updated").latest("id").data
    assert data == {
        "cart": cart.pk, "version": 2, "source": "", "total": 575_000, "currency": "IDR", "quantity": 3,
        "products": ["Kemeja Batik", "Tas Rotan"], "skus": ["BTK-01", "AKS-01"],
    }  # fmt: skip


def test_free_text_of_members_stays_out_of_the_event_log(contact: Contact) -> None:
    fill(contact, 0, CartLine(name="kebaya Bu Rina", price=150_000))
    assert "Rina" not in str(Event.objects.get(kind="cart_updated").data)


def test_duplicates_and_late_deliveries_change_nothing(contact: Contact) -> None:
    fill(contact, 5, BAG)
    fill(contact, 5, BAG)
    cart = fill(contact, 0, SHIRT)
    assert (cart.version, cart.total) == (1, 330_000)
    assert cart_events(contact) == [("cart_updated", 1)]


def test_an_old_snapshot_does_not_bring_an_emptied_cart_back(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    fill(contact, 10)
    assert fill(contact, 5, SHIRT, BAG).state == "emptied"
    fill(contact, 20, key="web:2")
    assert fill(contact, 15, SHIRT, key="web:2").state == "emptied"


def test_order_closes_the_cart_that_it_contains(contact: Contact) -> None:
    cart = fill(contact, 0, SHIRT, BAG)
    buy(contact, 10)
    assert states() == ["ordered"]
    data = Event.objects.get(kind="order_completed").data
    assert (data["cart"], data["recovered"]) == (cart.pk, False)


def test_order_of_an_abandoned_cart_recovers_it(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    assert abandon(59) == 0
    assert abandon(60) == 1
    assert abandon(60) == 0
    assert cart_events(contact) == [("cart_updated", 1), ("cart_abandoned", 1)]
    buy(contact, 90)
    assert states() == ["recovered"]
    assert Event.objects.get(kind="order_completed").data["recovered"] is True


def test_order_reported_late_counts_from_when_it_was_made(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    abandon(60)
    buy(contact, 30)
    assert states() == ["ordered"]


def test_order_of_another_product_does_not_close_the_cart(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    buy(contact, 10, sku="TNN-01")
    assert states() == ["open"]


def test_cancelled_order_closes_no_cart(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    buy(contact, 10, state="cancelled")
    assert states() == ["open"]


def test_after_an_order_the_same_key_begins_a_new_cart(contact: Contact) -> None:
    first = fill(contact, 0, SHIRT)
    buy(contact, 10)
    assert fill(contact, 11).pk == first.pk
    second = fill(contact, 20, SHIRT)
    assert second.pk != first.pk
    assert states() == ["ordered", "open"]


def test_a_changed_cart_is_open_again_and_counts_as_recovered_later(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    abandon(60)
    assert fill(contact, 70, SHIRT, BAG).state == "open"
    assert abandon(129) == 0
    buy(contact, 90)
    assert states() == ["recovered"]


def test_shop_chooses_when_a_cart_counts_as_abandoned(contact: Contact, workspace: Workspace) -> None:
    CartSettings.objects.create(workspace=workspace, abandoned_after=15)
    fill(contact, 0, SHIRT)
    assert abandon(14) == 0
    assert abandon(15) == 1


def test_a_changed_wall_clock_does_not_abandon_carts(contact: Contact) -> None:
    idle = IdleCarts()
    with clock.hold(NOW) as held:
        fill(contact, 0, SHIRT)
        assert abandon_idle_carts(idle) == 0
        with clock.skewed(timedelta(hours=5)):
            assert abandon_idle_carts(idle) == 0
        with clock.skewed(timedelta(hours=-5)):
            held.move(minutes=59)
            assert abandon_idle_carts(idle) == 0
            held.move(minutes=1)
            assert abandon_idle_carts(idle) == 1


def test_cart_of_a_source_with_a_clock_ahead_waits_no_longer(contact: Contact) -> None:
    with clock.hold(at(24 * 60)):
        fill(contact, 24 * 60, SHIRT)
    idle = IdleCarts()
    assert abandon(0, idle) == 0
    assert abandon(60, idle) == 1


def test_a_cart_that_changes_while_it_is_marked_stays_open(contact: Contact) -> None:
    fill(contact, 0, SHIRT)

    class Slow(IdleCarts):
        def due(self) -> list[tuple[int, int]]:
            due = super().due()
            fill(contact, 30, BAG)
            return due

    assert abandon(60, Slow()) == 0
    assert states() == ["open"]


@pytest.mark.django_db(transaction=True)
def test_a_cart_that_another_transaction_holds_is_skipped(contact: Contact) -> None:
    fill(contact, 0, SHIRT)
    with transaction.atomic():
        Cart.objects.select_for_update().get()
        marked: list[int] = []

        def work() -> None:
            try:
                marked.append(abandon(60))
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)
        assert marked == [0]
    assert abandon(60) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_late_snapshot_and_its_order(workspace: Workspace) -> None:
    """The cart ends as ordered, no matter which transaction is first."""
    contacts = [make_contact(workspace) for _number in range(8)]
    start = threading.Barrier(2)
    failed: list[Exception] = []

    def work(deliver: object) -> None:
        try:
            for number, contact in enumerate(contacts):
                start.wait(20)
                deliver(contact, number)  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
            start.abort()
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=[lambda one, number: fill(one, 0, SHIRT, key=f"web:{number}")]),
        threading.Thread(target=work, args=[lambda one, number: buy(one, 5, number=f"GN-{number}")]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert states() == ["ordered"] * 8


def test_many_carts_take_a_fixed_number_of_locks_and_keep_their_order(workspace: Workspace) -> None:
    people = [make_contact(workspace) for _number in range(3)]
    updates = [
        CartUpdate(one.pk, f"web:{one.pk}", at(minute), (SHIRT, BAG)[:minute]) for one in people for minute in (2, 1)
    ]
    carts = update_carts(workspace=workspace, updates=updates)
    assert [cart and (cart.contact_id, cart.version, cart.total) for cart in carts[::2]] == [
        (one.pk, 2, 575_000) for one in people
    ]


@each(
    ("change", "code"),
    [
        ({"key": ""}, "no_key"),
        ({"contact_id": 0}, "no_contact"),
        ({"lines": (CartLine(name=" ", price=1),)}, "bad_line"),
        ({"lines": (CartLine(name="Kain", quantity=0, price=1),)}, "bad_line"),
        ({"lines": (CartLine(name="Kain", price=-1),)}, "bad_line"),
        ({"lines": (SHIRT,) * 201}, "too_many_lines"),
        ({"url": "javascript:alert(1)"}, "bad_url"),
    ],
    undone=True,
)
def test_refused_updates(contact: Contact, change: dict[str, object], code: str) -> None:
    values = {"contact_id": contact.pk, "key": "web:1", "occurred_at": NOW, "lines": (SHIRT,), **change}
    with pytest.raises(DomainError) as refused:
        update_cart(workspace=contact.workspace, update=CartUpdate(**values))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not Cart.objects.exists()


def test_shops_can_use_the_same_key(contact: Contact) -> None:
    stranger = make_contact(make_workspace())
    fill(contact, 0, SHIRT)
    other = fill(stranger, 5, BAG)
    assert other.version == 1
    with pytest.raises(DomainError):
        update_cart(workspace=contact.workspace, update=CartUpdate(stranger.pk, "web:1", at(9), (BAG,)))
    assert cart_still_waits(contact.workspace, [(other.pk, 1)]) == {(other.pk, 1): "gone"}


def test_a_reminder_reads_the_cart_again(contact: Contact, workspace: Workspace) -> None:
    cart = fill(contact, 0, SHIRT)
    abandon(60)
    assert cart_still_waits(workspace, [(cart.pk, 1)]) == {(cart.pk, 1): None}
    fill(contact, 70, SHIRT, BAG)
    assert cart_still_waits(workspace, [(cart.pk, 1), (cart.pk, 2)]) == {
        (cart.pk, 1): "newer_version",
        (cart.pk, 2): None,
    }
    newer = fill(contact, 80, BAG, key="web:2")
    assert cart_still_waits(workspace, [(cart.pk, 2), (newer.pk, 1)]) == {
        (cart.pk, 2): "newer_cart",
        (newer.pk, 1): None,
    }
    fill(contact, 90, key="web:2")
    assert cart_still_waits(workspace, [(cart.pk, 2), (newer.pk, 1)]) == {(cart.pk, 2): None, (newer.pk, 1): "emptied"}
    buy(contact, 95)
    assert cart_still_waits(workspace, [(cart.pk, 2)]) == {(cart.pk, 2): "ordered"}


def test_reminders_about_many_carts_take_two_statements(
    workspace: Workspace, django_assert_num_queries: object
) -> None:
    carts = [fill(make_contact(workspace), 0, SHIRT, key=f"web:{number}") for number in range(3)]
    with django_assert_num_queries(2):  # type: ignore[operator]
        answers = cart_still_waits(workspace, [(cart.pk, 1) for cart in carts])
    assert list(answers.values()) == [None] * 3


def test_merged_contacts_keep_both_carts_and_get_one_reminder(contact: Contact, workspace: Workspace) -> None:
    other = make_contact(workspace)
    older, newer = fill(other, 0, SHIRT), fill(contact, 5, BAG, key="web:2")
    abandon(100)
    merge_contacts(workspace=workspace, keep_id=contact.pk, absorb_id=other.pk, reason="manual")
    assert set(Cart.objects.values_list("contact", flat=True)) == {contact.pk}
    assert cart_still_waits(workspace, [(older.pk, 1), (newer.pk, 1)]) == {
        (older.pk, 1): "newer_cart",
        (newer.pk, 1): None,
    }
    assert current_carts(workspace, [contact.pk])[contact.pk].pk == newer.pk


def test_the_cart_of_a_visitor_moves_with_its_history(contact: Contact, workspace: Workspace) -> None:
    fill(contact, 0, SHIRT)
    known = make_contact(workspace)
    assert fill(known, 5, SHIRT).version == 2
    assert set(CartVersion.objects.values_list("contact", flat=True)) == {known.pk}
    erase_contacts(workspace=workspace, ids=[known.pk])
    assert not CartVersion.objects.exists()


def test_erasing_a_person_deletes_their_carts(contact: Contact, workspace: Workspace) -> None:
    fill(contact, 0, CartLine(name="kebaya Bu Rina", price=1))
    erase_contacts(workspace=workspace, ids=[contact.pk])
    assert not Cart.objects.exists()
    assert not CartVersion.objects.exists()


def test_variables_of_a_text(contact: Contact, workspace: Workspace) -> None:
    without = make_contact(workspace)
    fill(contact, 0, SHIRT, BAG, url="https://toko.id/keranjang?k=1")
    assert load_carts(workspace, [contact.pk, without.pk]) == {
        contact.pk: {
            "items": "Kemeja Batik, 2× Tas Rotan", "total": "Rp575.000", "count": 3,
            "link": "https://toko.id/keranjang?k=1",
        }
    }  # fmt: skip
