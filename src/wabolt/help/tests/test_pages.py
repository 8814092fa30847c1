"""Every topic leads to a page that exists; the backup page says when the last backup was made."""

from datetime import timedelta

import pytest
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit_of_installation
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.help.topics import TOPICS
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.key)
def test_topic_has_steps_and_leads_to_its_page(workspace: Workspace, topic: object) -> None:
    client = signed_in(workspace)
    page = client.get(reverse("help:topic", args=[topic.key]))  # type: ignore[attr-defined]
    assert page.content.decode().count("<li>") >= 3
    assert client.get(page.context["page_url"]).status_code == 200


def test_every_topic_is_in_the_index_and_no_other(workspace: Workspace) -> None:
    client = signed_in(workspace, "viewer")
    page = client.get(reverse("help:index")).content.decode()
    assert all(reverse("help:topic", args=[topic.key]) in page for topic in TOPICS)
    assert reverse("help:backup") not in page
    assert client.get(reverse("help:topic", args=["nonsense"])).status_code == 404


def test_backup_page_knows_the_last_backup(workspace: Workspace) -> None:
    owner = signed_in(workspace)
    address = reverse("help:backup")
    assert "Belum pernah ada cadangan" in owner.get(address).content.decode()
    record_audit_of_installation(action="system.backup")
    assert "Cadangan terakhir masih baru" in owner.get(address).content.decode()
    with clock.hold(clock.now() + timedelta(days=8)):
        assert "Cadangan terakhir sudah lama" in owner.get(address).content.decode()


def test_backup_page_is_for_the_owner(workspace: Workspace) -> None:
    assert signed_in(workspace, "manager").get(reverse("help:backup")).status_code == 403
