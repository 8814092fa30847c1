"""The dashboard, the contact list and a segment of all contacts count the same people."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.analytics.queries import overview
from wabolt.broadcasts.tests.factories import make_agreeing
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import hold_for_doubt, restrict
from wabolt.consent.tests.factories import say_stop
from wabolt.contacts import queries
from wabolt.contacts.queries import Filters
from wabolt.contacts.services import correct_tallies, erase_contacts, merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, queue_to_member
from wabolt.segments.queries import catalogue, count_contacts, parse, preview

pytestmark = pytest.mark.django_db


def _counts(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """(people, people who agreed) by the place that shows them."""
    known = catalogue(workspace)
    counts = overview(workspace, clock.now())
    listed = [
        queries.count_contacts(workspace, filters) for filters in (Filters(), Filters(marks={"consent": "granted"}))
    ]
    everyone = parse("everyone", known)
    found = [count_contacts(workspace, parse(text, known)) for text in ("everyone", "consent marketing granted")]
    shown = preview(workspace, everyone, known, patience=8.0)
    return {
        "dashboard": (counts.people, counts.agreed),
        "list": (listed[0], listed[1]),
        "segment": (found[0], found[1]),
        "preview": (shown.total, shown.permitted),
    }


def test_every_place_counts_the_same_people() -> None:
    workspace = make_workspace()
    channel = make_channel(workspace)
    agreed = make_agreeing(workspace, 6)
    others = [make_contact(workspace) for _number in range(4)]
    assert set(_counts(workspace).values()) == {(10, 6)}
    say_stop(workspace, [agreed[0].pk])
    erase_contacts(workspace=workspace, ids=[agreed[1].pk, others[0].pk])
    merge = merge_contacts(workspace=workspace, keep_id=others[1].pk, absorb_id=agreed[2].pk, reason="member")
    draft = Draft(
        purpose=Message.Purpose.SERVICE, origin_kind="test", text="Coba", key="coba", to_phone="+6281234567890"
    )
    queue_to_member(workspace=workspace, channel=channel, draft=draft)
    assert len(set(_counts(workspace).values())) == 1
    undo_merge(workspace=workspace, merge_id=merge.pk)
    assert set(_counts(workspace).values()) == {(8, 4)}
    correct_tallies()
    assert set(_counts(workspace).values()) == {(8, 4)}
    hold_for_doubt(workspace=workspace, contact_id=agreed[3].pk, evidence={}, at=clock.now())
    restrict(workspace=workspace, contact_id=agreed[4].pk)
    held = _counts(workspace)
    assert {people for people, _agreed in held.values()} == {8}
    assert held["list"] == (8, 2), "who is held back has a filter of their own"
    assert held["dashboard"] == held["segment"] == held["preview"] == (8, 4)
