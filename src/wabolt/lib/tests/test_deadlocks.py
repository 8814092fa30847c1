"""Functions that are called again after a deadlock: real deadlocks of two connections."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from wabolt.lib.deadlocks import ATTEMPTS, again_after_deadlock

pytestmark = pytest.mark.django_db(transaction=True)
LOCK = "SELECT FROM deadlock_test WHERE id = %s FOR UPDATE"
FAIL = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{}'; END $$"


@pytest.fixture
def two_rows():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE deadlock_test AS SELECT id FROM generate_series(1, 2) AS id")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE deadlock_test")


@pytest.mark.usefixtures("two_rows")
@pytest.mark.parametrize(("decorate", "errors"), [(again_after_deadlock, 0), (lambda work: work, 1)])
def test_both_sides_of_a_deadlock_succeed(decorate, errors):
    """Two transactions lock the same two rows, each the other's second row first."""
    both_hold_one = threading.Barrier(2, timeout=20)
    failed, calls = [], []

    @decorate
    @transaction.atomic
    def lock(first, second):
        is_again = first in calls
        calls.append(first)
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [first])
            if not is_again:
                both_hold_one.wait()
            cursor.execute(LOCK, [second])

    def work(first, second):
        try:
            lock(first, second)
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pks) for pks in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(failed) == errors
    assert (len(calls) > 2) is not bool(errors)


@pytest.mark.parametrize(("sqlstate", "times"), [("40P01", ATTEMPTS), ("55P03", 1)])
def test_an_error_that_stays_is_raised(sqlstate, times):
    calls = []

    @again_after_deadlock
    def work():
        calls.append(1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FAIL.format(sqlstate))

    with pytest.raises(OperationalError):
        work()
    assert len(calls) == times


def test_inside_a_transaction_of_the_caller_nothing_is_repeated():
    calls = []

    @again_after_deadlock
    def work():
        calls.append(1)
        with connection.cursor() as cursor:
            cursor.execute(FAIL.format("40P01"))

    with pytest.raises(OperationalError), transaction.atomic():
        work()
    assert len(calls) == 1
