"""Workers are killed after the push service took a notification and before they stored it: nothing is lost."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from tests.faults.conftest import wait_for
from tests.forking import ForkServer
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import services
from wabolt.alerts.models import Delivery
from wabolt.alerts.tests.push_service import PushService, running
from wabolt.lib import clock

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("socket_enabled")]
MEMBERS, KILLS = 6, 4
PUSH = """
from django.conf import settings
from wabolt.alerts.services import deliver_due
settings.PRIVATE_PEERS = True
while deliver_due(channel="push"):
    pass
"""


@pytest.fixture
def service(socket_enabled: None, settings) -> Iterator[PushService]:  # type: ignore[no-untyped-def]
    settings.PRIVATE_PEERS = True
    with running() as found:
        yield found


def test_each_member_hears_at_least_once_and_a_repetition_has_the_same_tag(
    service: PushService, fork_server: ForkServer
) -> None:
    workspace = make_workspace()
    for number in range(MEMBERS):
        user = make_member(workspace, "manager", f"{number}@contoh.example")
        services.add_device(user=user, subscription=service.new_browser(f"/push/{number}"))
    services.open_alert(workspace=workspace, kind="channel.stopped", subject="1", data={"name": "Toko"})
    services.announce_due()
    for kill in range(KILLS):
        service.answering.clear()
        worker = fork_server.start(PUSH)
        wait_for(partial(service.has_taken, kill + 1))
        worker.kill()
        service.answering.set()
        Delivery.objects.filter(state="waiting").update(due_at=clock.now())  # the lease of the dead worker ends
    fork_server.start(PUSH)
    wait_for(lambda: not Delivery.objects.exclude(state="sent").exists())
    heard = Counter(one.path for one in service.arrived)
    assert len(heard) == MEMBERS
    assert sum(heard.values()) <= MEMBERS + KILLS
    assert len({(one.message["tag"], one.headers["Topic"]) for one in service.arrived}) == 1
