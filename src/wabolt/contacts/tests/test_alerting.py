"""Alerts about consumers of the event log."""

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.registry import consumers
from wabolt.contacts.services import alerting
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
def test_consumer_far_behind_is_reported_to_every_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "FAR_BEHIND", 1)
    shops = [make_workspace(), make_workspace("Lain")]
    Consumer.objects.create(name=next(iter(consumers())))
    make_contact(shops[0])
    alerting.check_consumers()
    late = Alert.objects.filter(kind=alerting.BEHIND, resolved_at=None)
    assert {alert.workspace_id for alert in late} == {shop.pk for shop in shops}
    monkeypatch.setattr(alerting, "FAR_BEHIND", 10_000)
    alerting.check_consumers()
    assert not late.all().exists()
