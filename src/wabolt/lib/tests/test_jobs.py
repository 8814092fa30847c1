"""The port to background work."""

import pytest
from django.db import connection, transaction

from wabolt.lib import jobs

pytestmark = pytest.mark.django_db


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])


def test_a_job_that_waits_already_costs_the_caller_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE changes (number int) ON COMMIT DROP")
        for number in range(2):
            with transaction.atomic():
                cursor.execute("INSERT INTO changes VALUES (%s)", [number])
                jobs.defer("broadcasts.freeze", broadcast_id=1, once="freeze-1")
        cursor.execute("SELECT count(*) FROM changes")
        assert cursor.fetchone() == (2,)
    assert waiting() == 1


def test_a_change_that_is_undone_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.defer("broadcasts.freeze", broadcast_id=1)
        transaction.set_rollback(True)
    assert waiting() == 0
