"""The gateway is killed, frozen and thawed while it sends: no message is sent twice and none is lost."""

import random
import signal
import time
from uuid import uuid4

import pytest

from tests.faults.conftest import LEASE_SECONDS, ledger, make_broadcast, start_gateway, states, token, wait_for
from wabolt.channels.models import Channel, SimulatedDelivery
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.models import Lane, Message
from wabolt.messaging.outbox.rules.pace import batch_size
from wabolt.messaging.services import NewReceipt, settle_receipts

RECIPIENTS = 500
KILLS = 25
SHORT_LEASE = 0.8
"""Seconds that each new gateway waits for the lease of the killed one."""


@pytest.mark.slow
def test_killed_gateway_never_sends_twice_and_loses_nothing(fork_server):
    channel = make_broadcast(RECIPIENTS)
    in_flight = batch_size(channel.messages_per_minute)
    chance = random.Random(20261122)
    first = start_gateway(fork_server, SHORT_LEASE)
    wait_for(lambda: token(channel) > 0)
    batches = wait_for(lambda: len(ledger()) > in_flight)  # seconds from the claim until the second batch goes out
    first.kill()
    slowest = 0.0
    for kill in range(KILLS):
        unknown, before = states()["unknown"], token(channel)
        gateway = start_gateway(fork_server, SHORT_LEASE)
        slowest = max(slowest, wait_for(lambda before=before: token(channel) > before))
        time.sleep(chance.uniform(0, batches))
        gateway.kill()
        found = states()
        assert found.total() == RECIPIENTS, f"after kill {kill}"
        assert found["unknown"] - unknown <= in_flight
        assert found["sending"] <= in_flight
    Channel.objects.update(messages_per_minute=100_000, options={"seconds": 0})
    start_gateway(fork_server)
    wait_for(lambda: not {"queued", "sending"} & states().keys())

    seen = ledger()
    assert max(seen.values()) == 1, "somebody got the message twice"
    assert slowest < 10
    found = states()
    assert found.total() == RECIPIENTS
    assert found.keys() <= {"sent", "unknown"}
    assert found["unknown"] <= (KILLS + 1) * in_flight
    sent = set(Message.objects.filter(state="sent").values_list("pk", flat=True))
    unknown = set(Message.objects.filter(state="unknown").values_list("pk", flat=True))
    arrived = {int(ref) for ref in seen}
    assert sent <= arrived, "nothing is called sent that did not go out"
    assert arrived <= sent | unknown
    assert unknown & arrived, "kills in the middle of a batch were among the points"
    assert unknown - arrived, "so were kills before the call"

    # A late receipt settles a message that a crash left in doubt.
    receipts = [NewReceipt(f"SINK-{pk}", "delivered", clock.now(), ref=str(pk)) for pk in sorted(arrived)]
    settle_receipts(channel=channel, receipts=receipts)
    assert states() == {"delivered": len(arrived), "unknown": len(unknown - arrived)}


@pytest.mark.slow
def test_standby_takes_over_from_a_killed_holder(fork_server):
    channel = make_broadcast(60)
    first = start_gateway(fork_server)
    wait_for(lambda: token(channel) >= 1)
    before = token(channel)
    start_gateway(fork_server)
    wait_for(lambda: len(ledger()) > 5)
    first.kill()
    assert wait_for(lambda: token(channel) > before) < LEASE_SECONDS + 10
    wait_for(lambda: not {"queued", "sending"} & states().keys())
    assert max(ledger().values()) == 1
    assert states().total() == 60


@pytest.mark.slow
def test_thawed_holder_sends_nothing(fork_server):
    channel = make_broadcast(400, messages_per_minute=12_000, options={"seconds": 0.01})
    frozen = start_gateway(fork_server)
    wait_for(lambda: len(ledger()) > 20)
    frozen.send_signal(signal.SIGSTOP)
    before = token(channel)
    start_gateway(fork_server)
    wait_for(lambda: token(channel) > before)
    wait_for(lambda: not {"queued", "sending"} & states().keys())
    thawed_at = clock.now()
    frozen.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    # The frozen process released what it had not attempted, and the new holder of the lease sends it once.
    wait_for(lambda: not {"queued", "sending"} & states().keys())
    expected = Message.objects.filter(attempted_at__gt=thawed_at, lane_token__gt=before).count()
    # One message may have been on the wire when the process froze; no other may follow it.
    assert SimulatedDelivery.objects.filter(at__gt=thawed_at).count() <= 1 + expected
    assert max(ledger().values()) == 1
    found = states()
    assert found.total() == 400
    assert found["unknown"] <= 1


@pytest.mark.slow
def test_gateway_stops_cleanly_on_sigterm(fork_server):
    channel = make_broadcast(200)
    gateway = start_gateway(fork_server)
    wait_for(lambda: len(ledger()) > 10)
    gateway.send_signal(signal.SIGTERM)
    wait_for(lambda: Lane.objects.get(channel=channel).holder == "")
    found = states()
    assert found.keys() == {"sent", "queued"}
    assert found["sent"] == len(ledger())


@pytest.mark.slow
def test_reply_goes_out_within_a_second_from_an_idle_gateway(fork_server):
    channel = make_broadcast(3, messages_per_minute=8)
    start_gateway(fork_server)
    wait_for(lambda: states()["sent"] == 1)
    time.sleep(2)
    contact = Message.objects.filter(state="queued").first().contact
    [reply] = services.queue_messages(
        workspace=channel.workspace,
        channel=channel,
        contact_ids=[contact.pk],
        draft=services.Draft(purpose="service", origin_kind="member", text="Siap, Kak", priority=0, key=uuid4().hex),
    )
    assert wait_for(lambda: str(reply.pk) in ledger()) < 1
    assert states()["queued"] == 2, "the promotions keep their pace"
