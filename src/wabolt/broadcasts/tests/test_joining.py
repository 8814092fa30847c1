"""A merge of two recipients of one broadcast."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, quiet_from="00:00", quiet_until="00:00", options={"rates": {}})


def _frozen(workspace: Workspace, channel: Channel) -> Broadcast:
    broadcast = services.start(broadcast=make_broadcast(workspace, channel))
    return services.freeze(broadcast_id=broadcast.pk)


def _people(broadcast: Broadcast) -> dict[int, tuple[str, str]]:
    return {person.contact_id: (person.state, person.reason) for person in queries.recipients(broadcast)}


def _adds_up(broadcast: Broadcast) -> None:
    shown = queries.progress(broadcast)
    assert sum(shown.counts.values()) == shown.planned == len(_people(broadcast))
    for state, count in shown.shown:
        assert len(list(queries.recipients(broadcast, state=state))) == count


def test_recipients_and_sums_still_agree(workspace: Workspace, channel: Channel) -> None:
    kept = make_contact(workspace, "Tanpa izin")
    [absorbed] = make_agreeing(workspace, 1)
    broadcast = _frozen(workspace, channel)
    before = _people(broadcast)
    merge = merge_contacts(workspace=workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")
    assert _people(broadcast) == {kept.pk: ("queued", ""), absorbed.pk: ("suppressed", "no_consent")}
    _adds_up(broadcast)
    undo_merge(workspace=workspace, merge_id=merge.pk)
    assert _people(broadcast) == before
    _adds_up(broadcast)


def test_two_queued_recipients_get_one_message(workspace: Workspace, channel: Channel) -> None:
    kept, absorbed = make_agreeing(workspace, 2)
    broadcast = _frozen(workspace, channel)
    merge_contacts(workspace=workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")
    while work_lane_once(channel):
        pass
    assert Message.objects.filter(state="sent").count() == 1
    assert {state for state, _why in _people(broadcast).values()} == {"sent", "suppressed"}
    _adds_up(broadcast)
