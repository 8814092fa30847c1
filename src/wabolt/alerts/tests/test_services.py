"""There is one open alert for each kind and subject, for any sequence of calls."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import queries, services
from wabolt.alerts.models import Alert
from wabolt.alerts.tests.factories import KIND, battery, registered
from wabolt.lib import clock


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    with registered(battery()):
        yield


def open_now(workspace: Workspace) -> list[tuple[str, dict[str, object]]]:
    found = Alert.objects.filter(workspace=workspace, resolved_at=None).order_by("subject")
    return list(found.values_list("subject", "data"))


def test_second_call_refreshes_the_data_and_keeps_time_and_acknowledgement(workspace: Workspace) -> None:
    services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 9})
    first = Alert.objects.get()
    services.acknowledge_alert(alert=first, by=make_member(workspace))
    services.open_alert(workspace=workspace, kind=KIND, subject="phone", data={"percent": 3})
    again = Alert.objects.get()
    assert (again.pk, again.opened_at, again.data) == (first.pk, first.opened_at, {"percent": 3})
    assert again.acknowledged_at is not None


def test_resolved_alert_can_open_again(workspace: Workspace) -> None:
    services.open_alert(workspace=workspace, kind=KIND)
    assert services.resolve_alert(workspace=workspace, kind=KIND)
    assert not services.resolve_alert(workspace=workspace, kind=KIND)
    services.open_alert(workspace=workspace, kind=KIND)
    assert [alert.resolved_at is None for alert in Alert.objects.order_by("pk")] == [False, True]


def test_acknowledging_twice_is_one_entry(workspace: Workspace) -> None:
    services.open_alert(workspace=workspace, kind=KIND)
    owner, alert = make_member(workspace), Alert.objects.get()
    for _time in range(2):
        services.acknowledge_alert(alert=alert, by=owner)
    assert AuditEntry.objects.filter(action="alert.acknowledge").count() == 1


def test_unregistered_kind_is_refused(workspace: Workspace) -> None:
    with pytest.raises(LookupError):
        services.open_alert(workspace=workspace, kind="nobody.knows")


def test_role_is_shown_the_kinds_that_it_may_see(workspace: Workspace) -> None:
    with registered(battery(min_role="manager")):
        services.open_alert(workspace=workspace, kind=KIND)
        assert [len(queries.open_alerts(workspace, role)) for role in ("agent", "manager", "owner")] == [0, 1, 1]


def test_alert_of_a_removed_kind_is_not_shown(workspace: Workspace) -> None:
    Alert.objects.create(workspace=workspace, kind="gone.kind")
    assert queries.open_alerts(workspace, "owner") == []


@pytest.mark.django_db(transaction=True)
def test_two_processes_open_one_alert() -> None:
    workspace, start = make_workspace(), threading.Barrier(2)

    def run() -> None:
        start.wait()
        services.open_alert(workspace=workspace, kind=KIND, subject="phone")
        connection.close()

    threads = [threading.Thread(target=run) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Alert.objects.count() == 1


class Reconciling(TestCase):
    """After a check the open alerts are those it found, and an alert that stays open keeps its row."""

    states = st.lists(
        st.dictionaries(st.tuples(st.integers(0, 1), st.sampled_from("abc")), st.integers(0, 3)), min_size=3, max_size=6
    )

    @settings(max_examples=20)
    @given(states)
    def test_open_alerts_are_what_the_last_check_found(self, checks: list[dict[tuple[int, str], int]]) -> None:
        shops = [make_workspace("Satu"), make_workspace("Dua")]
        Alert.objects.create(workspace=shops[0], kind="other.kind", subject="a")
        ids: dict[tuple[int, str], int] = {}
        with registered(battery()):
            for check in checks:
                found = {(shops[shop].pk, subject): {"percent": value} for (shop, subject), value in check.items()}
                services.reconcile_alerts(kind=KIND, found=found)
                now = {(a.workspace_id, a.subject): a for a in Alert.objects.filter(kind=KIND, resolved_at=None)}
                assert {key: alert.data for key, alert in now.items()} == found
                assert all(now[key].pk == ids[key] for key in set(ids) & set(now))
                ids = {key: alert.pk for key, alert in now.items()}
        assert Alert.objects.filter(kind="other.kind", resolved_at=None).count() == 1


def test_alerts_are_listed_newest_first(workspace: Workspace) -> None:
    for subject in "ab":
        services.open_alert(workspace=workspace, kind=KIND, subject=subject)
    Alert.objects.filter(subject="a").update(opened_at=clock.now() - timedelta(days=1))
    assert [one.alert.subject for one in queries.open_alerts(workspace, "owner")] == ["b", "a"]


def test_alert_of_the_installation_is_in_every_workspace(workspace: Workspace) -> None:
    other = make_workspace("Lain")
    for _time in range(2):
        services.open_alert_of_installation(kind=KIND, data={"percent": 4})
    assert {a.workspace_id for a in Alert.objects.filter(resolved_at=None)} == {workspace.pk, other.pk}
    assert services.resolve_alert_of_installation(kind=KIND)
    assert not services.resolve_alert_of_installation(kind=KIND)
    assert not Alert.objects.filter(resolved_at=None).exists()
