"""A message that the provider refuses for all recipients pauses the broadcast; the rest waits for the owner."""

from datetime import timedelta

import pytest
from django.urls import reverse

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services, tasks
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.registry import Refused
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import World
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace(), quiet_from="00:00", quiet_until="00:00")
    World._worlds.pop(channel.pk, None)
    return channel


def _running(channel: Channel, code: str, people: int = 10) -> Broadcast:
    for person in make_agreeing(channel.workspace, people):
        World.of(channel).script[person.identities.get().value] = Refused(code, "132015")
    broadcast = services.start(broadcast=make_broadcast(channel.workspace, channel))
    return services.freeze(broadcast_id=broadcast.pk)


def test_paused_template_costs_three_messages(channel: Channel) -> None:
    broadcast = _running(channel, "template_paused")
    work_lane_once(channel, limit=2)
    tasks.complete_finished()
    broadcast.refresh_from_db()
    assert broadcast.state == "running", "two may be chance"
    work_lane_once(channel, limit=1)
    tasks.complete_finished()
    broadcast.refresh_from_db()
    assert broadcast.state == "paused"
    entry = AuditEntry.objects.get(action="broadcast.pause")
    assert (entry.target_id, entry.user, entry.actor) == (broadcast.pk, None, "system")
    assert work_lane_once(channel) == 0
    assert queries.progress(broadcast).counts == {"failed": 3, "queued": 7}
    page = signed_in(channel.workspace).get(reverse("broadcasts:detail", args=[broadcast.pk])).content.decode()
    assert "Dijeda otomatis" in page
    assert "Template-nya dijeda Meta. Bereskan dulu itu" in page


def test_continue_sends_three_more_messages(channel: Channel) -> None:
    broadcast = _running(channel, "template_paused")
    work_lane_once(channel, limit=3)
    tasks.complete_finished()
    World.of(channel).script.clear()
    with clock.hold(clock.now() + timedelta(minutes=1)):
        services.resume(broadcast=broadcast)
        tasks.complete_finished()
        broadcast.refresh_from_db()
        assert (broadcast.state, broadcast.problem) == ("running", "")
        while work_lane_once(channel):
            pass
        tasks.complete_finished()
    broadcast.refresh_from_db()
    assert broadcast.state == "completed"
    assert queries.progress(broadcast).counts == {"failed": 3, "sent": 7}


def test_refusals_of_single_recipients_do_not_pause(channel: Channel) -> None:
    broadcast = _running(channel, "wrong_number", people=5)
    work_lane_once(channel)
    tasks.complete_finished()
    broadcast.refresh_from_db()
    assert broadcast.state == "completed"
