"""Leases: one holder at a time, tokens that grow, and clocks that jump."""

import psycopg
import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from wabolt.lib.lease import Lease, LeaseLostError, Leases

SECONDS = 6.0
TABLE = "pg_temp.lease_test"


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(db: None) -> Clock:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE lease_test (id bigint PRIMARY KEY, holder text DEFAULT '', token bigint DEFAULT 0,"
            " beat bigint DEFAULT 0) ON COMMIT DROP"
        )
        cursor.execute("INSERT INTO lease_test (id) VALUES (1), (2)")
    return Clock()


def contender(clock: Clock, holder: str) -> Leases:
    return Leases(TABLE, "id", seconds=lambda: SECONDS, holder=holder, clock=clock)


def take(leases: Leases, *keys: int) -> list[Lease]:
    with connection.cursor() as cursor:
        return leases.acquire(cursor, keys or (1,))


def test_a_free_row_is_taken_at_once_by_one_holder_and_the_token_grows(clock: Clock) -> None:
    one, two = contender(clock, "one"), contender(clock, "two")
    [first] = take(one)
    assert first.held
    assert take(two) == []
    with connection.cursor() as cursor:
        one.release(cursor, first)
        with pytest.raises(LeaseLostError):
            one.fence(cursor, first)
    [second] = take(two)
    assert second.token == first.token + 1


def test_a_silent_holder_is_replaced_after_the_duration_and_its_fence_fails(clock: Clock) -> None:
    one, two = contender(clock, "one"), contender(clock, "two")
    [lease] = take(one)
    assert take(two) == []
    clock.at += SECONDS - 0.1
    assert take(two) == []
    clock.at += 0.1
    assert not lease.held
    [thief] = take(two)
    with connection.cursor() as cursor:
        with pytest.raises(LeaseLostError):
            one.fence(cursor, lease)
        assert one.renew(cursor, [lease]) == [lease]
        two.fence(cursor, thief)


def test_a_renewed_lease_is_never_taken(clock: Clock) -> None:
    one, two = contender(clock, "one"), contender(clock, "two")
    [lease] = take(one)
    for _ in range(5):
        assert take(two) == []
        clock.at += SECONDS / 2
        with connection.cursor() as cursor:
            assert one.renew(cursor, [lease]) == []
    assert take(two) == []
    assert lease.held


def test_a_holder_that_froze_and_lost_nothing_goes_on(clock: Clock) -> None:
    one = contender(clock, "one")
    [lease] = take(one)
    clock.at += SECONDS * 10
    assert not lease.held
    with connection.cursor() as cursor:
        assert one.renew(cursor, [lease]) == []
        one.fence(cursor, lease)
    assert lease.held


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_database_clock_that_jumps_changes_nothing(clock: Clock, hours: int) -> None:
    """Functions that shadow the database's clock answer an hour more or less than it."""
    one, two = contender(clock, "one"), contender(clock, "two")
    [lease] = take(one)
    assert take(two) == []
    with connection.cursor() as cursor:
        for name in ("now", "clock_timestamp", "transaction_timestamp", "statement_timestamp"):
            cursor.execute(
                f"CREATE FUNCTION public.{name}() RETURNS timestamptz LANGUAGE sql AS"
                f" $$ SELECT pg_catalog.{name}() + interval '{hours} hour' $$"
            )
        cursor.execute("SET LOCAL search_path = public, pg_catalog")
        assert take(two) == []
        assert one.renew(cursor, [lease]) == []
    clock.at += SECONDS
    take(two)
    clock.at += SECONDS
    assert len(take(two)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_transaction_has_locked_is_passed_over() -> None:
    clock = Clock()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS lease_shared")
        cursor.execute(
            "CREATE TABLE lease_shared (id bigint PRIMARY KEY, holder text DEFAULT '', token bigint DEFAULT 0,"
            " beat bigint DEFAULT 0)"
        )
        cursor.execute("INSERT INTO lease_shared (id) VALUES (1)")
    try:
        one = Leases("lease_shared", "id", seconds=lambda: SECONDS, holder="one", clock=clock)
        two = Leases("lease_shared", "id", seconds=lambda: SECONDS, holder="two", clock=clock)
        [lease] = take(one)
        take(two)
        clock.at += SECONDS
        parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
        with psycopg.connect(**parameters) as busy:
            one.fence(busy.cursor(), lease)
            assert take(two) == []
            busy.commit()
            assert take(two) == []
        with connection.cursor() as cursor:
            one.fence(cursor, lease)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE lease_shared")


class Contenders(RuleBasedStateMachine):
    """Two processes that acquire, renew, fence, release and freeze in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.sides = [contender(self.clock, "a"), contender(self.clock, "b")]
        self.leases: list[Lease | None] = [None, None]
        self.tokens: list[int] = []

    @initialize()
    def start(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE lease_test SET holder = '', token = 0, beat = 0")

    @rule(side=st.integers(0, 1))
    def acquire(self, side: int) -> None:
        if self.leases[side] is None and (taken := take(self.sides[side])):
            self.leases[side] = taken[0]
            self.tokens.append(taken[0].token)

    @rule(side=st.integers(0, 1))
    def renew(self, side: int) -> None:
        lease = self.leases[side]
        if lease is not None:
            with connection.cursor() as cursor:
                if self.sides[side].renew(cursor, [lease]):
                    self.leases[side] = None

    @rule(side=st.integers(0, 1))
    def fence(self, side: int) -> None:
        lease = self.leases[side]
        if lease is not None:
            with connection.cursor() as cursor:
                try:
                    self.sides[side].fence(cursor, lease)
                except LeaseLostError:
                    self.leases[side] = None
                else:
                    assert lease.token == max(self.tokens)

    @rule(side=st.integers(0, 1))
    def release(self, side: int) -> None:
        lease = self.leases[side]
        if lease is not None:
            with connection.cursor() as cursor:
                self.sides[side].release(cursor, lease)
            self.leases[side] = None

    @rule(seconds=st.sampled_from([0.5, SECONDS / 2, SECONDS, SECONDS * 2]))
    def wait(self, seconds: float) -> None:
        self.clock.at += seconds

    @invariant()
    def one_holder(self) -> None:
        assert sum(lease is not None and lease.held for lease in self.leases) <= 1
        assert self.tokens == sorted(set(self.tokens))


def test_a_lease_never_has_two_holders(clock: Clock) -> None:
    run_state_machine_as_test(Contenders, settings=settings(max_examples=60, stateful_step_count=25, deadline=None))
