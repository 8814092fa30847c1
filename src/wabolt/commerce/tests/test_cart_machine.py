"""State machine of a cart: random changes, orders, waits and wall clock jumps, compared with a plain model."""

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
    update_cart,
)
from wabolt.contacts.models import Event
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

START = datetime(2026, 11, 2, 3, 0, 30, tzinfo=UTC)
SKUS = st.sets(st.sampled_from("ABC"), max_size=2)


class CartOfAShop(RuleBasedStateMachine):
    """`closed`: the states in which carts of the key ended. `lines`, `idle_for`, `was_left`: of the present one."""

    workspace: Workspace

    def __init__(self) -> None:
        super().__init__()
        CartVersion.objects.all().delete()
        Cart.objects.all().delete()
        self.holding = clock.hold(START)
        self.held = self.holding.__enter__()
        self.contact = make_contact(self.workspace)
        self.key, self.idle, self.orders = f"web:{self.contact.pk}", IdleCarts(), 0
        self.closed: list[str] = []
        self.lines: set[str] | None = None
        self.idle_for = timedelta(0)
        self.was_left = self.is_left = False
        self.told = self.left = 0

    def teardown(self) -> None:
        self.holding.__exit__(None, None, None)

    @rule(skus=SKUS)
    def change(self, skus: set[str]) -> None:
        self._pass(timedelta(seconds=1))
        update = CartUpdate(
            self.contact.pk, self.key, clock.now(), tuple(CartLine(sku, sku, 1, 10) for sku in sorted(skus))
        )
        for _twice in range(2):
            update_cart(workspace=self.workspace, update=update)
        assert abandon_idle_carts(self.idle) == 0, "the job has seen the change"
        if skus != self.lines:
            if self.lines is None:
                self.was_left = False
                self.told += bool(skus)
            else:
                self.told += 1
            if skus or self.lines is not None or not self.closed:
                self.lines, self.idle_for, self.is_left = skus, timedelta(0), False

    @rule(sku=st.sampled_from("ABC"))
    def order(self, sku: str) -> None:
        self._pass(timedelta(seconds=1))
        self.orders += 1
        new = NewOrder(self.contact.pk, f"{self.key}-{self.orders}", clock.now(), (NewLine(sku, sku, "", 1, 10),))
        record_orders(workspace=self.workspace, orders=[new])
        if self.lines and sku in self.lines:
            self.closed.append("recovered" if self.was_left else "ordered")
            self.lines = None

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
        self.idle_for += time
        marked = abandon_idle_carts(self.idle)
        is_due = bool(self.lines) and not self.is_left and self.idle_for >= timedelta(minutes=60)
        assert marked == is_due
        if is_due:
            self.is_left = self.was_left = True
            self.left += 1

    @invariant()
    def the_carts_are_those_of_the_model(self) -> None:
        present = (
            [] if self.lines is None else ["emptied" if not self.lines else "abandoned" if self.is_left else "open"]
        )
        states = Cart.objects.filter(contact=self.contact).order_by("pk").values_list("state", flat=True)
        assert list(states) == [*self.closed, *present]

    @invariant()
    def reminder_is_allowed_only_for_the_waiting_version(self) -> None:
        for cart in Cart.objects.filter(contact=self.contact):
            waits = bool(self.lines) and cart.pk == current_carts(self.workspace, [self.contact.pk])[self.contact.pk].pk
            awaited = (cart.pk, cart.version)
            assert (cart_still_waits(self.workspace, [awaited])[awaited] is None) is waits

    @invariant()
    def each_change_has_one_event(self) -> None:
        kinds = Event.objects.filter(contact=self.contact, kind__startswith="cart_")
        assert kinds.filter(kind="cart_updated").count() == self.told
        assert kinds.filter(kind="cart_abandoned").count() == self.left


@pytest.mark.django_db
def test_cart_agrees_with_the_model() -> None:
    machine = type("CartOfThisShop", (CartOfAShop,), {"workspace": make_workspace()})
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=20, deadline=None))
