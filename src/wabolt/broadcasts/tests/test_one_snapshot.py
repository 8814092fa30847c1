"""The figures of a broadcast's page agree, also while messages are sent."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, registry, services
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.lib import clock
from wabolt.messaging.models import Message


@pytest.mark.django_db(transaction=True)
def test_progress_and_report_come_from_one_snapshot() -> None:
    """A panel is counted after the progress. A message that another process sends in between is in neither."""
    workspace = make_workspace()
    make_agreeing(workspace, 2)
    broadcast = make_broadcast(workspace)
    services.start(broadcast=broadcast)
    services.freeze(broadcast_id=broadcast.pk)

    def send() -> None:
        Message.objects.filter(origin_id=broadcast.pk).update(state="sent", sent_at=clock.now())
        connection.close()

    def context(_request: object, shown: object) -> dict[str, object]:
        sender = threading.Thread(target=send)
        sender.start()
        sender.join()
        return {"sent": queries.progress(broadcast).sent}

    registry.register_panel(registry.Panel("probe", "broadcasts/parts/standing.html", context, order=0))
    try:
        page = signed_in(workspace, "manager").get(reverse("broadcasts:detail", args=[broadcast.pk]))
    finally:
        del registry._panels["probe"]
    panels = {panel.key: panel for panel in registry.panels()}
    assert "probe" not in panels
    assert Message.objects.filter(origin_id=broadcast.pk, state="sent").count() == 2
    assert page.context["panels"][0][1]["sent"] == page.context["progress"].sent == 0
