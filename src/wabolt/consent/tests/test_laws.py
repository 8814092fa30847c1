"""Laws of the ledger for any history, and with two concurrent writers."""

import threading

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent import queries
from wabolt.consent.models import Consent, ConsentEvent, ConsentHead, Purpose, Suppression
from wabolt.consent.queries import verify
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.consent.tests.factories import give_consent, make_people, say_stop

steps = st.lists(
    st.tuples(
        st.sampled_from(["grant", "withdraw"]),
        st.sampled_from(["import", "member", "form", "start_word", "stop_word"]),
        st.sampled_from(list(Purpose.values)),
        st.sets(st.integers(0, 2), min_size=1),
        st.booleans(),
    ),
    min_size=2,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_history_leaves_the_state_at_its_last_entry_and_the_chain_whole(history: list[tuple]) -> None:  # type: ignore[type-arg]
    with transaction.atomic():
        workspace = make_workspace()
        people = make_people(workspace, 3)
        stopped: set[int] = set()
        for verb, source, purpose, who, renew in history:
            statement = ConsentStatement(purpose, source, evidence={"said": "ya"})
            change = grant if verb == "grant" else withdraw
            contact_ids = [people[i] for i in sorted(who)]
            outcome = change(workspace=workspace, contact_ids=contact_ids, statement=statement, renew=renew)
            if purpose == Purpose.MARKETING:
                stopped |= {people[i] for i in who} if verb == "withdraw" else set()
                stopped -= set(outcome.recorded) if verb == "grant" and source in {"form", "start_word"} else set()
        ledger = ConsentEvent.objects.filter(workspace=workspace).order_by("seq")
        latest = {(entry.contact_id, entry.purpose): entry for entry in ledger}
        for consent in Consent.objects.filter(workspace=workspace):
            last = latest[consent.contact_id, consent.purpose]
            assert (consent.state, consent.event_id, consent.source) == (last.action, last.pk, last.source)
        assert verify(workspace).whole
        states = queries.statuses(workspace, people)
        assert {person for person in people if states[person].suppressed} == stopped
        assert not any(states[person].allowed for person in stopped)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_writers_keep_the_chain_whole() -> None:
    workspace = make_workspace()
    people = make_people(workspace, 20)
    ready = threading.Barrier(2)
    failures: list[BaseException] = []

    def write(own_ids: list[int]) -> None:
        try:
            ready.wait(10)
            for person in own_ids:
                give_consent(workspace, [person])
                say_stop(workspace, [person])
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(people[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    verdict = verify(workspace)
    assert verdict.whole
    assert verdict.entries == 40
    assert Suppression.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_second_writer_waits_and_continues_the_chain() -> None:
    """The second writer must continue from the commit of the first one, not from its own earlier snapshot."""
    workspace = make_workspace()
    one, two = make_people(workspace, 2)
    give_consent(workspace, [one])
    started = threading.Event()

    def second() -> None:
        started.set()
        try:
            give_consent(workspace, [two])
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        say_stop(workspace, [one])
        thread.start()
        started.wait(10)
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(30)
    assert verify(workspace).whole
    assert ConsentHead.objects.get(workspace=workspace).seq == 3


@pytest.mark.django_db(transaction=True)
def test_rolled_back_grant_leaves_no_rows() -> None:
    workspace = make_workspace()
    people = make_people(workspace, 1)
    with transaction.atomic():
        give_consent(workspace, people)
        transaction.set_rollback(True)
    assert not ConsentEvent.objects.exists()
    assert verify(workspace).whole
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_event")
        assert cursor.fetchone() == (0,)
