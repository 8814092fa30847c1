"""Stored figures of finished broadcasts equal a count of the messages, also after later receipts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries.broadcasts import count_states
from wabolt.broadcasts.services.recovery import complete_finished
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.contacts.services import NewEvent, record_events, recount_tallies, run_consumers_once
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


def states(broadcast: Broadcast) -> dict[str, int]:
    return dict(queries.progress_of([broadcast])[broadcast.pk].counts)


def reads_messages(broadcast: Broadcast) -> bool:
    with CaptureQueriesContext(connection) as caught:
        queries.progress_of([broadcast])
    return any("messaging_message" in query["sql"] for query in caught)


def test_a_finished_broadcast_is_counted_once_and_again_after_a_receipt() -> None:
    workspace = make_workspace()
    make_agreeing(workspace, 3)
    broadcast = make_broadcast(workspace)
    services.start(broadcast=broadcast)
    broadcast = services.freeze(broadcast_id=broadcast.pk)
    assert reads_messages(broadcast)
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk)
    sent.update(state="sent", sent_at=clock.now())
    assert complete_finished() == 1
    broadcast.refresh_from_db()
    wait_for_horizon()
    run_consumers_once()
    recount_tallies()
    assert not reads_messages(broadcast)
    assert states(broadcast) == {"sent": 3}

    message = sent.earliest("pk")
    sent.filter(pk=message.pk).update(state="read")
    data = {"message": message.pk, "broadcast": broadcast.pk}
    event = NewEvent(message.contact_id, "message_read", data=data)
    record_events(workspace=broadcast.workspace, events=[event])
    assert states(broadcast) == {"sent": 2, "read": 1}
    wait_for_horizon()
    run_consumers_once()
    assert states(broadcast) == {"sent": 2, "read": 1}
    recount_tallies()
    assert not reads_messages(broadcast)
    assert states(broadcast) == count_states(broadcast.workspace_id, [broadcast.pk])[broadcast.pk]
