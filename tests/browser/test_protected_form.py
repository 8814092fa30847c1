"""A form with proof of work in a real browser: it is solved by itself under our policy, and a way without scripts."""

from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started, problems_of
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.optin.models import Entry, EntryPoint
from wabolt.optin.services import save_settings
from wabolt.optin.tests.factories import code_of, make_point

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture
def point(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> EntryPoint:
    monkeypatch.setattr("wabolt.accounts.services.public_forms.SHORTEST_FILL", 0)
    channel = make_channel(make_workspace())
    save_settings(workspace=channel.workspace, proof_of_work=True, asking_channel=None)
    return make_point(channel, kind="form", questions=[{"key": "name"}])


@pytest.fixture
def entries() -> Iterator[list[dict[str, str]]]:
    """The answers of the entries, read after the browser is closed: its event loop refuses database access."""
    found: list[dict[str, str]] = []
    yield found
    assert list(Entry.objects.values_list("answers", flat=True)) == found


def test_the_browser_solves_it_by_itself(
    live_server: LiveServer, point: EntryPoint, entries: list[dict[str, str]]
) -> None:
    with chromium_started() as browser:
        page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        problems = problems_of(page)  # such as a refusal by the content security policy
        page.goto(f"{live_server.url}/m/{point.slug}/")
        assert page.locator("[data-direct]").is_hidden()
        page.locator("[name=answer_name]").fill("Ayu")
        page.locator("[name=marketing]").check()
        page.locator("form button").click()
        page.wait_for_selector(".wi-button[href^='https://wa.me/']")
        assert not problems
    entries.append({"name": "Ayu"})


def test_without_scripts_the_way_over_whatsapp_is_there(
    live_server: LiveServer, point: EntryPoint, entries: list[dict[str, str]]
) -> None:
    code = code_of(point)
    with chromium_started() as browser:
        page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
        page.goto(f"{live_server.url}/m/{point.slug}/")
        link = page.locator("[data-direct] a")
        assert link.is_visible()
        assert code in (link.get_attribute("href") or "")
