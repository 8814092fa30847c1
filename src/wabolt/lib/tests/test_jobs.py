"""The port to background work."""

import pytest
from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib import jobs

pytestmark = pytest.mark.django_db


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])


def test_a_job_that_waits_already_costs_the_caller_nothing() -> None:
    for name in ("Toko A", "Toko B"):
        with transaction.atomic():
            make_workspace(name)
            jobs.defer("broadcasts.freeze", broadcast_id=1, once="freeze-1")
    assert waiting() == 1
    assert Workspace.objects.count() == 2, "the second change was kept"


def test_a_change_that_is_undone_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.defer("broadcasts.freeze", broadcast_id=1)
        transaction.set_rollback(True)
    assert waiting() == 0
