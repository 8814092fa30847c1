"""The progress of broadcasts comes from kept sums and equals a count of messages and recipients at every moment."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast, Recipient
from wabolt.broadcasts.services.recovery import complete_finished
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.contacts.services import compact_tallies, correct_tallies
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db


def counted(broadcast: Broadcast) -> Counter[str]:
    """The plain count."""
    messages = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk)
    recipients = Recipient.objects.filter(broadcast=broadcast, outcome__in=("suppressed", "held_out"))
    return Counter(messages.values_list("state", flat=True)) + Counter(recipients.values_list("outcome", flat=True))


def kept(broadcast: Broadcast) -> dict[str, int]:
    with CaptureQueriesContext(connection) as caught:
        counts = queries.progress_of([broadcast])[broadcast.pk].counts
    assert not any("messaging_message" in query["sql"] for query in caught)
    return counts


def test_progress_is_exact_from_the_freeze_to_the_last_receipt() -> None:
    workspace = make_workspace()
    make_agreeing(workspace, 6)
    broadcast = make_broadcast(workspace, holdout_percent=20)
    services.start(broadcast=broadcast)
    broadcast = services.freeze(broadcast_id=broadcast.pk)
    assert sum(kept(broadcast).values()) == broadcast.planned
    assert kept(broadcast) == counted(broadcast)
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk)
    first = sent.earliest("pk").pk
    for state in ("sending", "sent", "delivered"):
        sent.filter(pk=first).update(state=state)
        assert kept(broadcast) == counted(broadcast)
    sent.exclude(pk=first).update(state="sent", sent_at=clock.now())
    assert complete_finished() == 1
    compact_tallies()
    sent.filter(pk=first).update(state="read")
    assert kept(broadcast) == counted(broadcast)
    assert correct_tallies() == 0


def test_deleted_draft_leaves_no_sum() -> None:
    workspace = make_workspace()
    [contact] = make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace)
    Recipient.objects.create(broadcast=broadcast, contact_id=contact.pk, outcome="suppressed", reason="no_consent")
    services.delete_draft(broadcast=broadcast)
    assert correct_tallies() == 0
