"""The pages about alerts on a phone: they fit, permission is asked only by a tap, and choices are saved."""

from typing import Literal

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import look, window
from wabolt.accounts.models import Membership
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts import services
from wabolt.alerts.models import ChannelChoice
from wabolt.alerts.tests.factories import make_device
from wabolt.channels.models import Channel
from wabolt.channels.services import open_pause_alert, set_state
from wabolt.channels.tests.factories import make_channel

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
PAGES = (
    "/alerts/", "/settings/alerts/mail/", "/settings/alerts/whatsapp/", "/settings/answer-time/", "/settings/alerts/",
)  # fmt: skip
"""Those that can be wide; the one with the choices is the last."""


@pytest.fixture
def owner_client(transactional_db: None):  # type: ignore[no-untyped-def]
    workspace = make_workspace()
    client = signed_in(workspace)
    member = Membership.objects.get(workspace=workspace)
    make_device(member.user)
    first, second = (make_channel(workspace, name=f"Gaya Nusantara cabang {city}") for city in ("Bandung", "Solo"))
    set_state(channel=first, state=Channel.State.LOGGED_OUT)
    open_pause_alert(second, "stok habis", None)
    services.open_alert(workspace=workspace, kind="inbox.waiting", data={"count": 3})
    services.open_alert(workspace=workspace, kind="consent.doubt", data={"count": 1})
    services.resolve_alert(workspace=workspace, kind="consent.doubt")
    return client


def test_pages_fit_a_phone_and_keep_what_is_chosen(live_server: LiveServer, owner_client) -> None:  # type: ignore[no-untyped-def]
    looks: list[tuple[int, Literal["light", "dark"]]] = [(1280, "dark"), (360, "light")]
    asked = "window.asked = 0; Notification.requestPermission = async () => { window.asked += 1; return 'default'; };"
    with chromium_started() as browser:
        page = window(browser, live_server, owner_client, width=1280, scheme="dark")
        page.add_init_script(asked)
        for path in PAGES:
            page.goto(path)
            for width, scheme in looks:
                look(page, width, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            looks.reverse()
        expect(page.locator("[data-push-state]:visible")).to_have_count(1)
        assert page.evaluate("window.asked") == 0, "permission is asked only by a tap"
        box = page.locator("input[name='channel.stopped'][value='email']")
        expect(box).to_be_checked()
        box.uncheck()
        page.get_by_role("button", name="Simpan").click()
        expect(page.locator("input[name='channel.stopped'][value='email']")).not_to_be_checked()
    assert ChannelChoice.objects.get().channels == ["push", "whatsapp"]
