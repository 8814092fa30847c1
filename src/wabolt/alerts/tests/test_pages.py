"""The strip on every page, and the page that lists alerts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts import services
from wabolt.alerts.models import Alert
from wabolt.alerts.tests.factories import KIND, battery, make_alert, registered

HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}%s"


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    with registered(battery()):
        yield


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return signed_in(workspace)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@each("path", ["/settings/", "/contacts/", "/profile/", "/"], undone=True)
def test_strip_is_on_every_page_until_it_is_acknowledged(workspace: Workspace, client: Client, path: str) -> None:
    make_alert(workspace, data={"percent": 9})
    assert "phone: 9 percent left" in text(client, path)
    client.post(f"/alerts/{Alert.objects.get().pk}/acknowledge/")
    assert "phone: 9 percent left" not in text(client, path)
    assert "phone: 9 percent left" in text(client, "/alerts/")


def test_strip_ends_with_the_alert(workspace: Workspace, client: Client) -> None:
    make_alert(workspace)
    services.resolve_alert(workspace=workspace, kind=KIND, subject="phone")
    assert "percent left" not in text(client, "/settings/")
    assert "percent left" in text(client, "/alerts/")


def test_alert_of_another_workspace_is_shown_nowhere(client: Client) -> None:
    make_alert(make_workspace("Lain"))
    assert "percent left" not in text(client, "/settings/") + text(client, "/alerts/")


def test_information_is_listed_and_not_shouted(workspace: Workspace, client: Client) -> None:
    with registered(battery(severity="info")):
        make_alert(workspace)
        assert "percent left" not in text(client, "/settings/")
        assert "percent left" in text(client, "/alerts/")


def test_one_strip_is_shown_and_the_others_are_counted(workspace: Workspace, client: Client) -> None:
    with registered(replace(battery(severity="critical"), key="test.grave")):
        for number in range(3):
            make_alert(workspace, subject=f"phone {number}")
        make_alert(workspace, kind="test.grave", subject="phone on fire")
        page = text(client, "/settings/")
        assert "phone on fire" in page
        assert "phone 0" not in page
        assert "3 lagi" in page


def test_facts_are_escaped(workspace: Workspace, client: Client) -> None:
    make_alert(workspace, subject=HOSTILE)
    for path in ("/settings/", "/alerts/"):
        page = text(client, path)
        assert "<script>alert(1)" not in page
        assert "{{ 7|add:7 }}%s" in page


def test_page_asks_once(workspace: Workspace, client: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        make_alert(workspace, subject=str(number))
    with django_assert_max_num_queries(20) as asked:
        client.get("/settings/")
    assert sum("alerts_alert" in query["sql"] for query in asked.captured_queries) == 1


def test_viewer_sees_and_does_not_acknowledge(workspace: Workspace) -> None:
    with registered(battery(min_role="viewer")):
        alert = make_alert(workspace)
        viewer = signed_in(workspace, "viewer")
        assert f"/alerts/{alert.pk}/acknowledge/" not in text(viewer, "/alerts/")
        assert viewer.post(f"/alerts/{alert.pk}/acknowledge/").status_code == 403
