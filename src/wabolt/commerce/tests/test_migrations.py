"""The usual pause of old orders is computed in batches, while orders are recorded."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import OperationalError, connection, transaction

from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import PurchaseFacts
from wabolt.commerce.tests.factories import ORDERED_AT, make_order
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.tests.racing import finish, started, until_one_waits_for_a_lock

KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
DAYS = ((0, 7, 21), (0, 5, 9, 40), (0, 7), (0, 0, 0), (0, 800, 810, 830), (0, 3, 6), (0, 30, 60))


def pauses() -> dict[int, timedelta | None]:
    return dict(PurchaseFacts.objects.order_by("contact").values_list("contact", "usual_pause"))


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_goes_on_and_holds_few_customers() -> None:
    compute = import_module("wabolt.commerce.migrations.0006_usual_pause_of_old_orders").compute
    workspace = make_workspace()
    people = [make_contact(workspace) for _ in DAYS]
    for contact, days in zip(people, DAYS, strict=True):
        for number, day in enumerate(days):
            at = ORDERED_AT + timedelta(days=day, minutes=number)
            make_order(workspace, contact.pk, f"{contact.pk}-{number}", ordered_at=at)
    wanted = pauses()
    assert [pause is None for pause in wanted.values()] == [False, False, True, True, False, False, False]
    PurchaseFacts.objects.update(usual_pause=None)
    with transaction.atomic():
        PurchaseFacts.objects.select_for_update().get(contact=people[5])
        run = started(lambda: compute(connection, at_once=2))
        until_one_waits_for_a_lock()
        done = {contact.pk for contact in people[:5]}
        assert pauses() == {pk: pause if pk in done else None for pk, pause in wanted.items()}
        make_order(workspace, people[0].pk, "new", ordered_at=ORDERED_AT + timedelta(days=22))
        with connection.cursor() as cursor:
            cursor.execute(KILL)
        with pytest.raises(OperationalError):
            finish(run)
    wanted[people[0].pk] = pauses()[people[0].pk]
    compute(connection, at_once=2)
    assert pauses() == wanted
