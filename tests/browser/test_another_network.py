"""A phone in another network opens the shop by its name over https.

Everything is real: two network namespaces, a domain name, a certificate from an ACME server that asks port 80 of the
shop first, Caddy, PostgreSQL, and Chromium in the other namespace.
"""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.installation import CHROMIUM, CHROMIUM_ARGS
from tests.browser.networks import (
    REFUSED_NAME,
    SHOP_NAME,
    Networks,
    certificate_authority,
    two_networks,
    why_impossible,
    wrapper,
)
from wabolt.public_address.queries import Problem
from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import read_line
from wabolt.site.caddy.names import PublicNames
from wabolt.site.caddy.program import find_caddy

REASON = why_impossible() if CHROMIUM else "Chromium is not installed"
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


@dataclass(frozen=True)
class Shop:
    """The running shop. `link`: the https link that `wabolt up` printed. `authority`: the ACME server."""

    networks: Networks
    home: Path
    link: str
    authority: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with TemporaryDirectory(prefix="wabolt-networks-") as name, two_networks() as networks:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "ca").mkdir()
        with certificate_authority(networks, folder / "ca") as authority:
            kept = {name: value for name, value in os.environ.items() if not name.startswith(("WABOLT_", "DATABASE_"))}
            kept.pop("DJANGO_SETTINGS_MODULE", None)
            environment = {
                **kept,
                "WABOLT_HOME": str(folder / "home"),
                "SSL_CERT_FILE": str(folder / "ca" / "root.crt"),
                "WABOLT_LANGUAGE": "id",
            }
            with running(networks, authority, environment) as link:
                yield Shop(networks, folder / "home", link, authority, environment)


@contextmanager
def running(networks: Networks, authority: str, environment: dict[str, str]) -> Iterator[str]:
    """Runs `wabolt up --domain` in the shop's namespace, on ports 80 and 443. Yields the printed link."""
    command = [sys.executable, "-m", "wabolt", "up", "--domain", SHOP_NAME, "--acme-ca", authority]
    process = subprocess.Popen(
        networks.command(networks.shop, *command), env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.strip().startswith("https://"):
                break
        else:
            raise AssertionError("".join(said))
        yield line.strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.fixture
def phone(shop: Shop) -> Iterator[Page]:
    """A phone-sized Chromium in the other namespace. It trusts the key of the test's authority and no other."""
    root = x509.load_pem_x509_certificate((shop.home.parent / "ca/pki/authorities/local/intermediate.crt").read_bytes())
    key = root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    expect.set_options(timeout=30_000)
    chromium = wrapper(shop.networks, shop.networks.outside, CHROMIUM, shop.home.parent)
    with sync_playwright() as playwright:
        arguments = [*CHROMIUM_ARGS, f"--ignore-certificate-errors-spki-list={pin}"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        context = browser.new_context(
            viewport={"width": 360, "height": 740}, locale="id-ID", is_mobile=True, has_touch=True
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        yield page
        browser.close()


def test_a_phone_opens_the_shop_by_its_name(shop: Shop, phone: Page) -> None:
    assert shop.link.startswith(f"https://{SHOP_NAME}/setup/?token=")
    wait_for_certificate(shop)
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
    phone.goto("about:blank")  # an answer that is still on its way would bring cookies back
    phone.context.clear_cookies()
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


def test_the_shop_reaches_itself_through_its_address(shop: Shop) -> None:
    wait_for_certificate(shop)
    said = inside(shop, CHECK)
    assert "CHECK EVERYONE [] True" in said


def test_a_refused_name_is_understood(shop: Shop) -> None:
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
        process.communicate(timeout=20)


def wait_for_certificate(shop: Shop) -> None:
    log = shop.home / "log" / "https.log"
    subprocess.run(
        ["timeout", "60", "sh", "-c", f"until grep -q 'certificate obtained successfully' {log}; do sleep 0.2; done"],
        check=True,
    )


def inside(shop: Shop, code: str) -> str:
    """Runs Python code of the installation in the shop's namespace."""
    command = [sys.executable, "-m", "wabolt", "manage", "shell", "-v", "0", "-c", code]
    environment = {**shop.environment, "WABOLT_PUBLIC_URL": f"https://{SHOP_NAME}"}
    done = subprocess.run(
        shop.networks.command(shop.networks.shop, *command), env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
