"""Limits of visitors: per address, per network and per object, in windows."""

from datetime import timedelta

import pytest
from django.db.models import F
from tests.cases import each

from wabolt.accounts.models import VisitorCount, Workspace
from wabolt.accounts.queries import is_crowded
from wabolt.accounts.services import Verdict, VisitorLimits, admit_visitor, forget_visitors
from wabolt.accounts.tests.factories import make_workspace

pytestmark = pytest.mark.django_db
LIMITS = VisitorLimits(per_address=2, per_network=3, per_object=4)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def visit(workspace: Workspace, ip: str, subject: int = 1) -> bool:
    """Whether the visitor is not refused."""
    verdict = admit_visitor(workspace=workspace, purpose="form", subject=subject, ip=ip, limits=LIMITS)
    return verdict is not Verdict.REFUSED


def crowded(workspace: Workspace) -> bool:
    return is_crowded(workspace, purpose="form", subject=1, limits=LIMITS)


def test_an_address_its_network_and_all_together_have_limits(workspace: Workspace) -> None:
    assert [visit(workspace, "203.0.113.1") for _time in range(3)] == [True, True, False]
    assert not visit(workspace, "203.0.113.2")  # the fourth of this network
    assert [visit(workspace, f"198.51.100.{n}") for n in (1, 2)] == [True, True]
    assert crowded(workspace)
    crowd = admit_visitor(workspace=workspace, purpose="form", subject=1, ip="192.0.2.1", limits=LIMITS)
    assert crowd is Verdict.CROWDED  # the fifth admitted one


def test_a_refused_visitor_does_not_count_against_the_object(workspace: Workspace) -> None:
    for number in range(50):
        visit(workspace, f"203.0.113.{number}")
    assert not crowded(workspace)
    assert visit(workspace, "198.51.100.1")


@each(
    ("one", "other"),
    [("2001:db8:1:1::1", "2001:db8:1:1:ffff::2"), ("::ffff:203.0.113.1", "203.0.113.1"), ("", "")],
    undone=True,
)
def test_addresses_of_one_client_count_together(workspace: Workspace, one: str, other: str) -> None:
    assert [visit(workspace, ip) for ip in (one, other, one)] == [True, True, False]


def test_a_new_window_begins(workspace: Workspace) -> None:
    assert [visit(workspace, "203.0.113.1") for _time in range(3)] == [True, True, False]
    VisitorCount.objects.update(started_at=F("started_at") - timedelta(minutes=11))
    assert visit(workspace, "203.0.113.1")


def test_old_counts_are_deleted(workspace: Workspace) -> None:
    visit(workspace, "203.0.113.1")
    assert forget_visitors() == 0
    VisitorCount.objects.update(started_at=F("started_at") - timedelta(days=2))
    assert forget_visitors() == 3
    assert not VisitorCount.objects.exists()


def test_the_table_holds_no_address(workspace: Workspace) -> None:
    visit(workspace, "203.0.113.1")
    keys = list(VisitorCount.objects.values_list("key", flat=True))
    assert {len(key) for key in keys} == {64}
    assert len(keys) == 3


def test_a_database_clock_that_is_set_back_locks_no_visitor_out(workspace: Workspace) -> None:
    assert [visit(workspace, "203.0.113.1") for _time in range(3)] == [True, True, False]
    VisitorCount.objects.update(started_at=F("started_at") + timedelta(hours=1))  # the clock is an hour earlier now
    assert [visit(workspace, "203.0.113.1") for _time in range(3)] == [True, True, False]
