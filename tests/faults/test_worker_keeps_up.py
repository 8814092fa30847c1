"""A worker with many periodic jobs: queueing them does not wait for running them."""

from pathlib import Path

import pytest
from django.db import connection

from tests.faults.conftest import wait_for
from tests.forking import ForkServer

pytestmark = pytest.mark.django_db(transaction=True)
JOBS = 15
WORKER = f"""
import sys
from pathlib import Path
from wabolt.lib import jobs

def run():
    with Path(sys.argv[1]).open("a") as runs:
        runs.write("x")

jobs._schedule._entries.clear()
for number in range({JOBS}):
    jobs.every("* * * * * *", f"tests.often_{{number}}")(run)
jobs.run_worker()
"""


def test_jobs_that_are_due_together_all_run(fork_server: ForkServer, tmp_path: Path) -> None:
    """The schedule used to take connections of the worker's event loop from its own thread. When both wanted one at the
    same moment, the schedule waited for 30 s, and no job of every minute ran."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_periodic_defers")
    runs = tmp_path / "runs"
    fork_server.start(WORKER, str(runs))
    wait_for(lambda: runs.exists() and runs.stat().st_size > 4 * JOBS, 25)
