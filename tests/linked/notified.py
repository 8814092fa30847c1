"""The owner hears of an unlinked number: from the shop's phone through all processes to the notification.

The push service is on this machine; it checks the signature and decrypts the notification with the browser's keys.
Chromium shows it: its own push service needs the internet, so the notification reaches the service worker through the
DevTools protocol.
"""

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.browser.walking import fits
from tests.linked.conftest import SHOP
from tests.linked.linking import until
from wabolt.alerts.tests.push_service import PushService


def show(page: Page, message: dict[str, Any]) -> list[dict[str, str]]:
    """Hands a push message to the service worker; returns the notifications that the browser shows then."""
    session = page.context.new_cdp_session(page)
    seen: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: seen.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    registration = until("the service worker", lambda: page.wait_for_timeout(100) or seen)[-1]
    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2],
            "registrationId": registration["registrationId"],
            "data": json.dumps(message),
        },
    )
    shown = (
        "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
        ".then((all) => all.map((one) => ({title: one.title, body: one.body, tag: one.tag, url: one.data.url})))"
    )
    found: list[dict[str, str]] = until("the notification", lambda: page.evaluate(shown))
    return found


def turn_on(page: Page, service: PushService) -> None:
    """Registers a browser of the push service as a device of the owner."""
    page.goto("/settings/alerts/")
    expect(page.get_by_role("button", name="Nyalakan di perangkat ini")).to_be_visible()
    fits(page)
    browser = service.new_browser()
    added = page.evaluate(
        "([url, body]) => fetch(url, {method: 'POST', body: JSON.stringify(body), headers: {'X-CSRFToken':"
        " JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken'], 'Content-Type': 'application/json'}})"
        ".then((answer) => answer.status)",
        [
            "/settings/alerts/devices/",
            {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
        ],
    )
    assert added == 201


def hear(page: Page, site: Installation, service: PushService) -> None:
    """Waits for the notification, follows it, and takes note of the alert."""
    # A lost job is made up for by the periodic one within a minute, and a refused push is tried again after another.
    [arrived] = until("the notification at the push service", lambda: service.arrived)
    assert arrived.message["title"] == "Gaya Nusantara"
    assert "Toko" in arrived.message["body"]
    assert arrived.headers["Urgency"] == "high"
    assert SHOP not in json.dumps(arrived.message)

    [notification] = show(page, arrived.message)
    assert notification == {key: arrived.message[key] for key in ("title", "body", "tag", "url")}
    page.goto(notification["url"])
    page.wait_for_url("**/channels/**")
    page.goto("/alerts/")
    fits(page)
    page.get_by_role("button", name="Sudah tahu").click()
    expect(page.locator("main")).to_contain_text("Sudah diketahui Sari")
    assert site.sql("SELECT announce_at FROM alerts_alert WHERE kind = 'channel.stopped'") == [(None,)]
