"""State machine of carts: random changes, orders, waits and wall clock jumps, compared with a plain model."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Cart, CartVersion
from wabolt.commerce.queries import cart_still_waits, current_carts
from wabolt.commerce.services import (
    CartLine,
    CartUpdate,
    IdleCarts,
    NewLine,
    NewOrder,
    abandon_idle_carts,
    record_orders,
    update_carts,
)
from wabolt.contacts.models import Contact, Event
from wabolt.lib import clock

START = datetime(2026, 11, 2, 3, 0, 30, tzinfo=UTC)
CARTS = 6
SKUS = st.sets(st.sampled_from("ABC"), max_size=2)
"""The carts are independent, so each step does something else to each of them: few steps hold many cases."""


@dataclass
class Model:
    """One cart. `closed`: the states in which carts of the key ended. `lines`, `idle_for`, `was_left`: of the present
    one. `told`, `left`: numbers of events."""

    contact: int
    closed: list[str] = field(default_factory=list)
    lines: set[str] | None = None
    idle_for: timedelta = timedelta(0)
    was_left: bool = False
    is_left: bool = False
    told: int = 0
    left: int = 0

    @property
    def key(self) -> str:
        return f"web:{self.contact}"

    def change(self, skus: set[str]) -> None:
        if skus == self.lines:
            return
        if self.lines is None:
            self.was_left = False
            self.told += bool(skus)
        else:
            self.told += 1
        if skus or self.lines is not None or not self.closed:
            self.lines, self.idle_for, self.is_left = skus, timedelta(0), False

    def order(self, sku: str) -> None:
        if self.lines and sku in self.lines:
            self.closed.append("recovered" if self.was_left else "ordered")
            self.lines = None

    def wait(self, time: timedelta) -> bool:
        """Returns whether the cart is now abandoned."""
        self.idle_for += time
        if not self.lines or self.is_left or self.idle_for < timedelta(minutes=60):
            return False
        self.is_left = self.was_left = True
        self.left += 1
        return True

    def states(self) -> list[str]:
        if self.lines is None:
            return self.closed
        return [*self.closed, "emptied" if not self.lines else "abandoned" if self.is_left else "open"]


class CartsOfAShop(RuleBasedStateMachine):
    workspace: Workspace

    def __init__(self) -> None:
        super().__init__()
        CartVersion.objects.all().delete()
        Cart.objects.all().delete()
        self.holding = clock.hold(START)
        self.held = self.holding.__enter__()
        rows = Contact.objects.bulk_create(Contact(workspace=self.workspace) for _ in range(CARTS))
        self.carts = [Model(contact.pk) for contact in rows]
        self.idle, self.orders = IdleCarts(), 0

    def teardown(self) -> None:
        self.holding.__exit__(None, None, None)

    @rule(contents=st.lists(st.none() | SKUS, min_size=CARTS, max_size=CARTS))
    def change(self, contents: list[set[str] | None]) -> None:
        self._pass(timedelta(seconds=1))
        changed = [(cart, skus) for cart, skus in zip(self.carts, contents, strict=True) if skus is not None]
        updates = [
            CartUpdate(cart.contact, cart.key, clock.now(), tuple(CartLine(sku, sku, 1, 10) for sku in sorted(skus)))
            for cart, skus in changed
        ]
        for _twice in range(2):
            update_carts(workspace=self.workspace, updates=updates)
        assert abandon_idle_carts(self.idle) == 0, "the job has seen the change"
        for cart, skus in changed:
            cart.change(skus)

    @rule(bought=st.lists(st.sampled_from(["", *"ABC"]), min_size=CARTS, max_size=CARTS))
    def order(self, bought: list[str]) -> None:
        self._pass(timedelta(seconds=1))
        self.orders += 1
        orders = []
        for cart, sku in zip(self.carts, bought, strict=True):
            if sku:
                lines = (NewLine(sku, sku, "", 1, 10),)
                orders.append(NewOrder(cart.contact, f"{cart.key}-{self.orders}", clock.now(), lines))
                cart.order(sku)
        record_orders(workspace=self.workspace, orders=orders)

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self._pass(timedelta(minutes=minutes))

    @rule(hours=st.sampled_from([-30, -2, 2, 30]))
    def set_the_clock(self, hours: int) -> None:
        """Sets the wall clock to another time for one run of the job."""
        with clock.skewed(timedelta(hours=hours)):
            assert abandon_idle_carts(self.idle) == 0

    def _pass(self, time: timedelta) -> None:
        self.held.move(seconds=time.total_seconds())
        assert abandon_idle_carts(self.idle) == sum([cart.wait(time) for cart in self.carts])

    @invariant()
    def the_carts_are_those_of_the_model(self) -> None:
        ids = [cart.contact for cart in self.carts]
        stored = list(Cart.objects.filter(contact__in=ids).order_by("pk"))
        states = {pk: [cart.state for cart in stored if cart.contact_id == pk] for pk in ids}
        assert states == {cart.contact: cart.states() for cart in self.carts}
        # A reminder is allowed only for the waiting version.
        waiting = {cart.contact for cart in self.carts if cart.lines}
        present = current_carts(self.workspace, ids)
        assert set(present) == waiting
        awaited = {(cart.pk, cart.version): cart for cart in stored}
        refused = cart_still_waits(self.workspace, list(awaited))
        for key, cart in awaited.items():
            waits = cart.contact_id in waiting and cart.pk == present[cart.contact_id].pk
            assert (refused[key] is None) is waits

    @invariant()
    def each_change_has_one_event(self) -> None:
        found = Event.objects.filter(contact__in=[cart.contact for cart in self.carts], kind__startswith="cart_")
        counted = Counter(found.values_list("contact", "kind"))
        for cart in self.carts:
            assert counted[cart.contact, "cart_updated"] == cart.told
            assert counted[cart.contact, "cart_abandoned"] == cart.left


@pytest.mark.django_db
def test_carts_agree_with_the_model() -> None:
    machine = type("CartsOfThisShop", (CartsOfAShop,), {"workspace": make_workspace()})
    run_state_machine_as_test(machine, settings=settings(max_examples=4, stateful_step_count=20, deadline=None))
