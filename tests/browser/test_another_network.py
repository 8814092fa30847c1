"""A phone in another network opens the shop by its name over https.

Everything is real: two network namespaces, a domain name, a certificate from an ACME server that asks port 80 of the
shop first, Caddy, PostgreSQL, and Chromium in the other namespace.
"""

import json
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.networks import REFUSED_NAME, SHOP_NAME
from tests.browser.public_shop import (
    PublicShop,
    networks_with_authority,
    phone_outside,
    running_public_shop,
    why_no_phone,
)
from wabolt.public_address.queries import Problem
from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import read_line
from wabolt.site.caddy.names import PublicNames
from wabolt.site.caddy.program import find_caddy

REASON = why_no_phone()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(bool(REASON), reason=f"a phone in another network was not tried: {REASON}"),
]
CHECK = (
    "from wabolt.public_address.services import check_address\n"
    "from wabolt.public_address.queries import report\n"
    "check_address()\n"
    "r = report()\n"
    "print('CHECK', r.reach.name, [p.what for p in r.problems], r.certificate_until is not None)\n"
)


@pytest.fixture(scope="module")
def shop() -> Iterator[PublicShop]:
    with networks_with_authority() as place, running_public_shop(*place) as running:
        yield running


@pytest.fixture
def phone(shop: PublicShop) -> Iterator[Page]:
    with phone_outside(shop.networks, shop.home.parent) as context:
        yield context.pages[0]


def test_a_phone_opens_the_shop_by_its_name(shop: PublicShop, phone: Page) -> None:
    assert shop.link.startswith(f"https://{SHOP_NAME}/setup/?token=")
    shop.wait_for_certificate()
    path = shop.link.removeprefix(f"https://{SHOP_NAME}")
    response = phone.goto(f"http://{SHOP_NAME}{path}")  # http, as people type it
    assert response
    assert phone.url.startswith(f"https://{SHOP_NAME}/setup/")
    details = response.security_details() or {}
    assert "TLS 1.3" in details.get("protocol", "")
    phone.fill("[name=shop]", "Toko Ibu")
    phone.fill("[name=name]", "Ibu")
    phone.fill("[name=email]", "ibu@toko.example")
    phone.fill("[name=password]", "rahasia-panjang-9")
    phone.locator("form button[type=submit]").first.click()
    phone.wait_for_url(f"https://{SHOP_NAME}/")
    cookie = next(cookie for cookie in phone.context.cookies() if cookie["name"] == "sessionid")
    assert cookie["secure"]
    # The CSRF cookie stays: an answer that is still on its way, also to the service worker, would set another one
    # while the form of the sign-in page is open.
    phone.context.clear_cookies(name="sessionid")
    phone.goto(f"https://{SHOP_NAME}/contacts/")
    phone.fill("[name=login]", "ibu@toko.example")
    phone.fill("[name=password]", "rahasia-panjang-9")
    phone.locator("form button[type=submit]").first.click()
    phone.wait_for_url(f"https://{SHOP_NAME}/contacts/")
    phone.goto(f"https://{SHOP_NAME}/settings/team/")
    phone.fill("[name=name]", "Rudi")
    phone.locator("form:has([name=name]) button[type=submit]").first.click()
    expect(phone.locator("code").first).to_contain_text(f"https://{SHOP_NAME}/undangan/")
    phone.goto(f"https://{SHOP_NAME}/settings/public-address/")
    expect(phone.locator("h1")).to_contain_text("Alamat publik")


def test_the_shop_reaches_itself_through_its_address(shop: PublicShop) -> None:
    shop.wait_for_certificate()
    said = shop.inside(CHECK)
    assert "CHECK EVERYONE [] True" in said


def test_a_refused_name_is_understood(shop: PublicShop) -> None:
    """The words come from a real ACME server that does not allow the name."""
    folder = shop.home.parent / "refused"
    folder.mkdir()
    public = PublicNames((REFUSED_NAME,), shop.authority, 8080, 8443)
    config = make_config(public, Ports(8000, 8080, 8443), "s", folder)
    (folder / "config.json").write_text(json.dumps(config))
    caddy = [str(find_caddy()), "run", "--config", str(folder / "config.json")]
    process = subprocess.Popen(
        shop.networks.command(shop.networks.shop, *caddy),
        env={**shop.environment, "HOME": str(folder)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        told = next(told for line in process.stderr if (told := read_line(line)))
        assert told.found
        assert told.found.problem is Problem.NAME_REJECTED
        assert told.found.data["name"] == REFUSED_NAME
    finally:
        process.terminate()
        process.communicate(timeout=60)
