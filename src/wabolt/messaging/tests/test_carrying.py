"""Conversations since the backup stay, in the database that a restore puts in place."""

import pytest
from django.db import transaction

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import make_people
from wabolt.lib import clock
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database
from wabolt.messaging.models import Conversation
from wabolt.messaging.restored.carrying import carry_messages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("socket_enabled")]


@pytest.mark.parametrize(("unread", "unanswered"), [(0, 0), (2, 5)], ids=["answered since", "wrote since"])
def test_who_waits_for_an_answer_is_carried_over(unread: int, unanswered: int) -> None:
    workspace = make_workspace()
    [person] = make_people(workspace, 1)
    now = clock.now()
    Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact_id=person, last_inbound_at=now,
        last_message_at=now, unread=unread, unanswered=unanswered,
    )  # fmt: skip
    with previous_database() as previous, transaction.atomic():
        Conversation.objects.update(unread=1, unanswered=3)  # as in the backup
        carry_messages(Restore(now, previous, frozenset({workspace.pk})))
        found = Conversation.objects.get()
    assert (found.unread, found.unanswered) == (unread, unanswered)
