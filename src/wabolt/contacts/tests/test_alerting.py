"""Alerts about consumers of the event log."""

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.registry import consumers
from wabolt.contacts.services import alerting, run_consumers_once
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def test_parked_events_open_one_alert_until_they_are_gone() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    contact = make_contact(workspace)
    consumer = Consumer.objects.create(name="uji")
    for number in range(2):
        ParkedEvent.objects.create(
            consumer=consumer, workspace=workspace, contact=contact, event_id=number, event_time=clock.now(), kind="x",
            error="boom",
        )  # fmt: skip
    for _time in range(2):
        alerting.check_consumers()
    assert [one.sentence for one in open_alerts(workspace, "manager")] == ["2 kejadian tidak bisa diolah."]
    assert open_alerts(other, "owner") == open_alerts(workspace, "agent") == []
    ParkedEvent.objects.all().delete()
    alerting.check_consumers()
    assert not Alert.objects.filter(resolved_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_consumer_without_progress_is_reported_to_every_shop_until_it_moves() -> None:
    shops = [make_workspace(), make_workspace("Lain")]
    name = next(iter(consumers()))
    with clock.hold(clock.now()) as held:
        Consumer.objects.create(name=name)
        make_contact(shops[0])
        alerting.check_consumers()
        held.move(minutes=14)
        alerting.check_consumers()
        assert not Alert.objects.exists(), "unread events alone are no reason"
        held.move(minutes=2)
        alerting.check_consumers()
        late = Alert.objects.filter(kind=alerting.BEHIND, resolved_at=None)
        assert {alert.workspace_id for alert in late} == {shop.pk for shop in shops}
        wait_for_horizon()
        run_consumers_once()
        alerting.check_consumers()
        assert not late.all().exists()
        held.move(hours=5)
        make_contact(shops[0])
        alerting.check_consumers()
        assert not late.all().exists(), "a shop that was quiet for hours has one new event"


def test_a_large_number_of_events_is_no_alert_while_the_consumer_moves() -> None:
    """A new demo shop and a large import add many old events at once."""
    workspace = make_workspace()
    name = next(iter(consumers()))
    with clock.hold(clock.now()) as held:
        Consumer.objects.create(name=name)
        for _turn in range(20):
            make_contact(workspace)
            Consumer.objects.update(moved_at=clock.now())
            alerting.check_consumers()
            held.move(minutes=3)
    assert not Alert.objects.exists()
