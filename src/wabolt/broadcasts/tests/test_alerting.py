"""Alerts about broadcasts that paused automatically."""

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.queries import open_alerts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services.alerting import check_broadcasts
from wabolt.broadcasts.tests.factories import make_broadcast

pytestmark = pytest.mark.django_db


def test_alert_is_open_until_the_broadcast_continues() -> None:
    workspace = make_workspace()
    stopped, by_hand = make_broadcast(workspace), make_broadcast(workspace)
    Broadcast.objects.filter(pk=stopped.pk).update(state="paused", problem="Meta menjeda template ini.")
    Broadcast.objects.filter(pk=by_hand.pk).update(state="paused")
    check_broadcasts()
    (shown,) = open_alerts(workspace, "manager")
    assert shown.sentence == f"Broadcast “{stopped.name}” menunggu Kakak: Meta menjeda template ini."
    assert shown.url == reverse("broadcasts:detail", args=[stopped.pk])
    assert open_alerts(workspace, "agent") == []
    Broadcast.objects.filter(pk=stopped.pk).update(state="running", problem="")
    check_broadcasts()
    assert open_alerts(workspace, "manager") == []
