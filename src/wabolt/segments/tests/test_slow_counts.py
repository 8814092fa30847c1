"""Counts that take long come after the page that shows them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact
from wabolt.lib.tests.locking import locked
from wabolt.segments.tests.test_pages import BANDUNG, htmx, segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


def test_numbers_that_take_long_come_after_the_page(workspace: Workspace, manager: Client) -> None:
    Contact.objects.create(workspace=workspace, name="Ayu", city="Bandung")
    url = reverse("segments:detail", args=[segment(workspace).pk])
    with locked("consent_consent"):
        page = manager.get(url, {"x": "1"}).content.decode()
    assert 'hx-get="?x=1&amp;whole=1"' in page
    assert not re.search(r"\bAyu\b", page)  # a CSRF token may hold the letters
    numbers = manager.get(url, {"whole": "1"}, headers={"HX-Request": "true", "HX-Target": "numbers"}).content.decode()
    assert "Ayu" in numbers
    assert "<html" not in numbers
    assert "Ayu" in manager.get(url, {"whole": "1"}).content.decode()


def test_the_builder_does_not_wait_for_a_slow_count(workspace: Workspace, manager: Client) -> None:
    Contact.objects.create(workspace=workspace, name="Ayu", city="Bandung")
    url = reverse("segments:edit", args=[segment(workspace).pk])
    given: dict[str, object] = {**BANDUNG, "view": "builder"}
    with locked("consent_consent"):
        shown = (manager.get(url).content.decode(), htmx(manager, url, given, "editor"))
    for page in shown:
        assert f'hx-post="{url}" hx-trigger="load" hx-target="#preview"' in page
        assert not re.search(r"\bAyu\b", page)
    assert "Ayu" in htmx(manager, url, given, "preview")
    assert "Ayu" in manager.post(url, {**given, "do": "refresh"}).content.decode(), "without scripts"
    assert "Ayu" in manager.get(url).content.decode(), "a fast count is on the page"
