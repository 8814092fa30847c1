"""Every topic leads to a page that exists."""

import pytest
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.help.topics import TOPICS

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@each("topic", TOPICS, undone=True)
def test_topic_has_steps_and_leads_to_its_page(workspace: Workspace, topic: object) -> None:
    client = signed_in(workspace)
    page = client.get(reverse("help:topic", args=[topic.key]))  # type: ignore[attr-defined]
    assert page.content.decode().count("<li>") >= 3
    assert client.get(page.context["page_url"]).status_code == 200


def test_every_topic_is_in_the_index_and_no_other(workspace: Workspace) -> None:
    client = signed_in(workspace, "viewer")
    page = client.get(reverse("help:index")).content.decode()
    assert all(reverse("help:topic", args=[topic.key]) in page for topic in TOPICS)
    assert reverse("backups:page") not in page
    assert client.get(reverse("help:topic", args=["nonsense"])).status_code == 404
