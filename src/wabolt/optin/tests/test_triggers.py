"""The events that start a journey with the trigger "joined"."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.registry import trigger_kind
from wabolt.lib import clock
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import EntryPoint
from wabolt.optin.segment_fields import _CHANGED_BY
from wabolt.optin.triggers import JOINED, TAKING_PART


def event_of(workspace: Workspace, kind: str, point: EntryPoint | None) -> LoggedEvent:
    data = {"entry_point": point.pk} if point else {}
    return LoggedEvent(1, workspace.pk, 1, kind, clock.now(), data)


@pytest.mark.django_db
def test_taking_part_starts_only_journeys_that_name_the_entry_point() -> None:
    workspace = make_workspace()
    channel = make_channel(workspace)
    point, other = make_event(channel).point, make_giveaway(channel).point
    trigger = trigger_kind("joined")
    assert trigger is not None
    assert set(trigger.event_kinds({})) == {JOINED, *TAKING_PART}
    for kind in (JOINED, *TAKING_PART):
        found = event_of(workspace, kind, point)
        assert (trigger.occasion(workspace, {}, found) is not None) == (kind == JOINED)
        assert trigger.occasion(workspace, {"entry_point": point.pk}, found) is not None
        assert trigger.occasion(workspace, {"entry_point": other.pk}, found) is None
    assert {JOINED, *TAKING_PART} <= _CHANGED_BY
