"""The alert that a kind of process keeps dying."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.operations.models import Process
from wabolt.operations.rules import keeps_dying
from wabolt.operations.services import KEEPS_DYING, check_restarts
from wabolt.operations.services.beating import Heart

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "is_dying"),
    [
        ([], False),
        ([2], None),
        ([2, 5], None),
        ([2, 5, 9], True),
        ([2, 5, 16], None),
        ([10.5, 12, 14], True),
        ([10.5, 14], False),
        ([2, 2.1, 2.2, 2.3], None),  # four processes that a power cut ended
    ],
)
def test_crashes_that_come_again_count(minutes: list[float], is_dying: bool | None) -> None:
    assert keeps_dying([NOW - timedelta(minutes=ago) for ago in minutes], NOW) is is_dying


def crashed(kind: str, *minutes: float) -> None:
    for ago in minutes:
        made = Process.objects.create(name=f"{kind}:{ago}", kind=kind, host="toko", version="1.0")
        Process.objects.filter(pk=made.pk).update(beat_at=Now() - timedelta(minutes=ago))


def dying() -> list[str]:
    return list(Alert.objects.filter(kind=KEEPS_DYING, resolved_at=None).values_list("subject", flat=True))


@pytest.mark.django_db
def test_the_alert_stays_until_a_process_has_stayed_up() -> None:
    make_workspace()
    crashed("worker", 2, 4, 6)
    crashed("gateway", 3)
    check_restarts()
    check_restarts()
    assert dying() == ["worker"]
    Process.objects.filter(kind="worker").update(beat_at=Now() - timedelta(minutes=20))
    check_restarts()
    assert dying() == ["worker"], "no worker lives"
    crashed("worker", 0)
    check_restarts()
    assert dying() == []


@pytest.mark.django_db(transaction=True)
def test_another_process_notices_a_worker_that_dies_too_fast_to_say_so() -> None:
    make_workspace()
    crashed("worker", 2, 4, 6)
    heart = Heart("web", every=0.01)
    heart.start()
    try:
        deadline = time.monotonic() + 30
        while not dying():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        heart.stop()
