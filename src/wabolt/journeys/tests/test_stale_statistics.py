"""People who are due are looked up one by one, also if the statistics of the database do not know their journey yet."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Order, PurchaseFacts
from wabolt.contacts.models import Contact
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.definition import Settings, Trigger, Wait
from wabolt.journeys.services.entering import enter_due
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock

PEOPLE = 400
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(workspace: Workspace) -> list[Contact]:
    """People who ordered and wrote 30 days ago, all in another journey, as the statistics know."""
    then = clock.now() - timedelta(days=30)
    rows = [Contact(workspace=workspace, name=f"Ayu {n}", last_inbound_at=then) for n in range(PEOPLE)]
    people = Contact.objects.bulk_create(rows)
    Order.objects.bulk_create(
        Order(workspace=workspace, contact=one, number=str(one.pk), ordered_at=then, total=1, currency="IDR")
        for one in people
    )
    PurchaseFacts.objects.bulk_create(
        PurchaseFacts(contact=one, workspace=workspace, orders=1, first_order_at=then, last_order_at=then)
        for one in people
    )
    other = make_journey(workspace, Wait("w1"))
    Enrollment.objects.bulk_create(
        Enrollment(workspace=workspace, journey=other, contact=one, state="finished") for one in people
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_contact, commerce_order, commerce_purchasefacts, journeys_enrollment")
    return people


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("restock", {"days": 28}), ("silence", {"days": 28})],
)
def test_entries_are_not_compared_with_each_person(
    workspace: Workspace, people: list[Contact], kind: str, settings: Settings
) -> None:
    journey = make_journey(workspace, Wait("w1"), parts={"trigger": Trigger(kind, settings)})
    journey.published_at = clock.now() - timedelta(days=5)
    journey.save()
    assert enter_due() == PEOPLE
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO journeys_enrollment" in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert enter_due() == 0
    [(sql, params)] = asked
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    [answer] = json.loads(found) if isinstance(found, str) else found
    compared = [one.get("Rows Removed by Join Filter", 0) * one["Actual Loops"] for one in nodes(answer["Plan"])]
    assert max(compared) < 10 * PEOPLE
