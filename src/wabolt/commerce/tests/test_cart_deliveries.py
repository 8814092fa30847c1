"""Deliveries of carts and orders in any order."""

from datetime import UTC, datetime, timedelta
from itertools import zip_longest

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.queries import current_carts, lines_of
from wabolt.commerce.services import CartLine, CartUpdate, NewLine, NewOrder, record_orders, update_carts
from wabolt.contacts.models import Contact

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 3, 0, 30, tzinfo=UTC)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


SKUS = st.lists(st.sampled_from("AB"), unique=True, max_size=2).map(tuple)
TIMES = st.lists(st.integers(1, 50), min_size=2, max_size=7, unique=True)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(carts=st.lists(TIMES, min_size=20, max_size=20), data=st.data())
def test_the_order_of_deliveries_does_not_matter(
    workspace: Workspace, carts: list[list[int]], data: st.DataObject
) -> None:
    """Snapshots of each cart and orders arrive in any order, each twice. At the end the newest snapshot waits, unless
    it is empty or a later order contains it."""
    ids = [contact.pk for contact in Contact.objects.bulk_create(Contact(workspace=workspace) for _ in carts)]
    happened = {
        pk: [(minute, data.draw(st.booleans()), data.draw(SKUS)) for minute in times]
        for pk, times in zip(ids, carts, strict=True)
    }
    deliveries = [[(pk, one) for one in data.draw(st.permutations(happened[pk] * 2))] for pk in ids]
    for delivered in zip_longest(*deliveries):  # one of each cart at a time
        orders, updates = [], []
        for pk, (minute, is_order, skus) in filter(None, delivered):
            if is_order:
                lines = tuple(NewLine(sku, sku, "", 1, 1) for sku in skus)
                orders.append(NewOrder(pk, f"{pk}-{minute}", START + timedelta(minutes=minute), lines, total=5))
            else:
                content = tuple(CartLine(sku, sku, 1, 10) for sku in skus)
                updates.append(CartUpdate(pk, f"web:{pk}", START + timedelta(minutes=minute), content))
        record_orders(workspace=workspace, orders=orders)
        update_carts(workspace=workspace, updates=updates)
    expected = {pk: skus for pk, one in happened.items() if (skus := _waiting(one))}
    found = current_carts(workspace, ids)
    lines_of_all = lines_of(list(found.values()))
    assert {pk: {line["sku"] for line in lines_of_all[cart.pk]} for pk, cart in found.items()} == expected


def _waiting(happened: list[tuple[int, bool, tuple[str, ...]]]) -> set[str]:
    snapshots = sorted(one for one in happened if not one[1])
    minute, _is_order, skus = snapshots[-1] if snapshots else (0, False, ())
    later = [set(bought) for when, is_order, bought in happened if is_order and when > minute]
    return set() if any(not bought or bought & set(skus) for bought in later) else set(skus)
