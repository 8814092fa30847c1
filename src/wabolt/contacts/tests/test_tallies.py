"""Kept figures: exact at every moment, also while the consumer lags and while a count is running."""

from collections.abc import Sequence

import pytest
from django.db import connection

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Tally
from wabolt.contacts.registry import LoggedEvent, TallyKind, event_consumers, register_tally, tallies
from wabolt.contacts.services.tallies import register
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "test_people"
calls: list[list[int]] = []


def count(workspace_id: int, subjects: Sequence[int]) -> dict[int, dict[str, int]]:
    calls.append(list(subjects))
    return {workspace_id: {"people": Contact.objects.filter(workspace=workspace_id, erased_at=None).count()}}


def shops(events: Sequence[LoggedEvent]) -> set[tuple[int, int]]:
    return {(event.workspace_id, event.workspace_id) for event in events}


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    monkeypatch.setattr(event_consumers, "_consumers", {})
    monkeypatch.setattr(tallies, "_kinds", {})
    register()
    kinds = frozenset({"contact_created", "contact_erased"})
    register_tally(TallyKind(NAME, kinds, shops, count))
    calls.clear()


def read_events() -> None:
    wait_for_horizon()
    services.run_consumers_once()


def people(workspace: object) -> int:
    return queries.tallied(workspace.pk, NAME, [workspace.pk])[workspace.pk].counts["people"]  # type: ignore[attr-defined]


def test_a_kept_figure_is_used_until_an_event_concerns_it() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    make_contact(workspace)
    assert people(workspace) == 1  # no consumer has run yet: counted now
    read_events()
    services.recount_tallies()
    calls.clear()
    assert people(workspace) == 1
    make_contact(other)
    assert people(workspace) == 1
    assert calls == []
    make_contact(workspace, "Budi")
    assert people(workspace) == 2  # the consumer has not read the event
    read_events()
    assert people(workspace) == 2  # it is marked and not yet counted again
    services.recount_tallies()
    calls.clear()
    assert people(workspace) == 2
    assert calls == []


def test_an_event_during_the_count_leaves_the_figure_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    make_contact(workspace)
    read_events()

    def late(workspace_id: int, subjects: Sequence[int]) -> dict[int, dict[str, int]]:
        found = count(workspace_id, subjects)
        make_contact(workspace, "Late")
        read_events()
        return found

    register_tally(TallyKind(NAME, frozenset({"contact_created"}), shops, late))
    services.recount_tallies()
    register_tally(TallyKind(NAME, frozenset({"contact_created"}), shops, count))
    assert people(workspace) == 2
    row = Tally.objects.get(name=NAME)
    assert row.marks != row.counted_marks


def test_events_of_a_deleted_shop_leave_no_mark() -> None:
    workspace = make_workspace()
    make_contact(workspace)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_event (workspace_id, contact_id, kind, time)"
            " SELECT 999999, id, 'contact_created', now() FROM contacts_contact"
        )
    read_events()
    assert set(Tally.objects.values_list("subject", flat=True)) == {workspace.pk}
