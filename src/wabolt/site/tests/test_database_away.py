"""PostgreSQL is stopped and started again: a process that ran meanwhile raises the alert."""

import os
import subprocess
import sys
import time

import pytest

from wabolt.site import home
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

HEART = """
import sys
from wabolt.site.database import set_up_django
set_up_django()
from wabolt.operations.services.beating import Heart
heart = Heart("web", every=0.1, outage_after=1.0)
heart.start()
sys.stdin.read()
heart.stop()
"""


def test_stopped_database_raises_an_alert_when_it_is_back(shop: Shop) -> None:
    environment = {**os.environ, "DATABASE_URL": shop.url}
    process = subprocess.Popen([sys.executable, "-c", HEART], env=environment, stdin=subprocess.PIPE)
    assert process.stdin is not None
    try:
        wait_for(shop, "SELECT count(*) FROM operations_process WHERE ended_at IS NULL", 1)
        cluster = home.cluster()
        cluster.stop()
        time.sleep(2)  # the outage
        cluster.start()
        wait_for(shop, "SELECT count(*) FROM alerts_alert WHERE kind = 'database.away' AND resolved_at IS NULL", 1)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
    [(seconds,)] = shop.ask("SELECT (data->>'seconds')::int FROM alerts_alert WHERE kind = 'database.away'")
    assert isinstance(seconds, int)
    assert 1 <= seconds < 60


def wait_for(shop: Shop, query: str, expected: int) -> None:
    end = time.monotonic() + 60
    while shop.ask(query) != [(expected,)]:
        assert time.monotonic() < end, query
        time.sleep(0.1)
