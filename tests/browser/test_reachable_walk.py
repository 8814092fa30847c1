"""The owner's whole walk from another network (issue "Reachable and looked after", section 6).

A phone in one network namespace reaches the shop in another by its name over https. Another name is refused. The owner
signs in and invites a member. The shop reaches itself through its address. The owner installs the app, turns
notifications on and links a number. The number is logged out at WhatsApp, and the push arrives. The next night the
backup is made. The shop is rebuilt in a second, empty home from its file and the recovery key alone.

Real: namespaces, names, certificate (an ACME server asks port 80), Caddy, all processes, PostgreSQL, the client of
WhatsApp, and Chromium: its service worker, its installation of the app, its subscription, and the notification that it
decrypts and shows. Its vendor's push service is replaced by a small one (`browser_push.py`). The clock of the schedule
is moved by a day.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Error, Page, expect

from tests.browser.browser_push import CHROMIUM_ARGS as PUSH_ARGS
from tests.browser.browser_push import BrowserPush, running_browser_push
from tests.browser.installation import Installation
from tests.browser.networks import OUTSIDE_ADDRESS, REFUSED_NAME, SHOP_NAME, thread_inside
from tests.browser.public_shop import (
    URL,
    PublicShop,
    networks_with_authority,
    phone_outside,
    running_public_shop,
    why_no_phone,
)
from tests.browser.walking import fits, set_up
from tests.forking import quick_python
from tests.linked.conftest import BUYER, SHOP
from tests.linked.linking import link, until
from tests.waserver.client import ServerProcess
from tests.waserver.network import Network
from wabolt.public_address.queries import Problem
from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import read_line
from wabolt.site.caddy.names import PublicNames
from wabolt.site.caddy.program import find_caddy
from wabolt.site.postgres import Cluster

REASON = why_no_phone()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.skipif(bool(REASON), reason=f"the walk from another network was not run: {REASON}"),
]
AT_ONCE = "--bypass-app-banner-engagement-checks"  # Chromium offers an installation after 30 seconds of use otherwise
TEXT = "Halo kak, ukuran L masih ada?"
COUNTED = (
    "contacts_contact", "contacts_identity", "contacts_event", "messaging_message", "messaging_conversation",
    "consent_consentevent", "accounts_user", "channels_channel",
)  # fmt: skip
CHECK = """
from wabolt.public_address.queries import report
from wabolt.public_address.services import check_address
check_address()
found = report()
print("CHECK", found.reach.name, [problem.what for problem in found.problems], found.certificate_until is not None)
"""
NEXT_NIGHT = """
import threading
from datetime import timedelta
from wabolt.backups import services, tasks
from wabolt.lib import clock
assert not services.start_if_due(), "no backup is due on the day of the first start"
with clock.skewed(timedelta(days=1)):
    tasks.run_every_minute()
[backup] = [thread for thread in threading.enumerate() if thread.name == "backup"]
backup.join()
"""


class FarNetwork(Network):
    """A WhatsApp server in the shop's namespace. `thread` lives there."""

    def __init__(self, server: ServerProcess, site: Path, thread: ThreadPoolExecutor) -> None:
        super().__init__(server, site)
        self._thread = thread

    def ctl(self, command: str, **arguments: Any) -> Any:
        return self._thread.submit(super().ctl, command, **arguments).result()


@dataclass(frozen=True)
class World:
    """The shop, WhatsApp, the push service, and the owner's phone."""

    shop: PublicShop
    whatsapp: FarNetwork
    push: BrowserPush
    phone: BrowserContext

    @property
    def site(self) -> Installation:
        return Installation(self.shop.home, self.shop.link)


@pytest.fixture
def world(wa_client: tuple[Path, Path], made_home: Path, socket_enabled: None) -> Iterator[World]:
    state, site = wa_client
    with ExitStack() as stack:
        networks, folder, authority = stack.enter_context(networks_with_authority())
        near, far = (stack.enter_context(thread_inside(name)) for name in (networks.shop, networks.outside))
        server = stack.enter_context(ServerProcess(state, within=networks.command(networks.shop)))
        whatsapp = FarNetwork(server, site, near)
        pushing = running_browser_push(folder / "ca" / "pki" / "authorities" / "local", OUTSIDE_ADDRESS)
        push = far.submit(pushing.__enter__).result()
        stack.push(pushing.__exit__)
        trusted = folder / "trusted.pem"
        trusted.write_bytes((folder / "ca" / "root.crt").read_bytes() + Path(server.env["SSL_CERT_FILE"]).read_bytes())
        extra = {**server.env, "PYTHONPATH": whatsapp.environment()["PYTHONPATH"], "SSL_CERT_FILE": str(trusted)}
        extra |= {"WABOLT_WA_PROXY": whatsapp.proxy, "WABOLT_PRIVATE_PEERS": "1"}
        whatsapp.ctl("register", phone=SHOP, name="Toko")
        whatsapp.ctl("register", phone=BUYER, name="Rani")
        shop = stack.enter_context(running_public_shop(networks, folder, authority, extra, made_home))
        shop.wait_for_certificate()
        yield World(shop, whatsapp, push, stack.enter_context(phone_outside(networks, folder, *PUSH_ARGS, AT_ONCE)))


def test_a_shop_is_reached_installed_watched_and_rebuilt(world: World) -> None:
    phone = world.phone.pages[0]
    _refuse_a_name(world.shop)
    _arrive(phone, world.shop)
    set_up(phone, world.site)
    assert next(cookie for cookie in world.phone.cookies() if cookie["name"] == "sessionid")["secure"]
    _sign_in_again(phone)
    _invite(phone)
    assert "CHECK EVERYONE [] True" in world.shop.inside(CHECK)
    _install(world.phone, phone)
    _turn_notifications_on(phone, world.push)
    link(phone, world.whatsapp, first=True)
    world.whatsapp.ctl("send", sender=BUYER, to=SHOP, text=TEXT)
    arrived = "SELECT count(*) FROM messaging_message WHERE text = %s AND direction = 'inbound'"
    until("the customer's message", lambda: world.site.sql(arrived, TEXT) == [(1,)])
    _hear_of_the_logout(phone, world)

    key = _confirm_key(phone)
    world.shop.inside(NEXT_NIGHT)
    [copy] = (world.shop.home / "backups").glob("wabolt-*.wabolt")
    phone.goto("/settings/backup/")
    expect(phone.locator("main")).to_contain_text("Cadangan terakhir bagus")
    second = world.shop.home.parent / "second"
    second.mkdir(mode=0o711)
    file = Path(shutil.copy(copy, second / "toko.wabolt"))
    assert _rebuilt(second / "home", file, key) == _content(world.site.sql)


def _refuse_a_name(shop: PublicShop) -> None:
    """The shop understands an ACME server that does not allow the name. The words come from a real one."""
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


def _arrive(phone: Page, shop: PublicShop) -> None:
    assert shop.link.startswith(f"{URL}/setup/?token=")
    response = phone.goto(f"http://{SHOP_NAME}{shop.link.removeprefix(URL)}")  # http, as people type it
    assert response
    assert phone.url.startswith(f"{URL}/setup/")
    assert "TLS 1.3" in (response.security_details() or {}).get("protocol", "")


def _invite(phone: Page) -> None:
    phone.goto("/settings/team/")
    phone.fill("[name=name]", "Rudi")
    phone.locator("form:has([name=name]) button[type=submit]").first.click()
    expect(phone.locator("code").first).to_contain_text(f"{URL}/undangan/")
    phone.goto("/settings/public-address/")
    expect(phone.locator("h1")).to_contain_text("Alamat publik")


def _sign_in_again(phone: Page) -> None:
    phone.locator("details.wb-user summary").click()
    phone.locator("form[data-sign-out] button").click()
    phone.wait_for_url("**/account/login/**")
    phone.goto(f"http://{SHOP_NAME}/contacts/")  # as people type it
    assert phone.url.startswith(f"{URL}/account/login/")
    phone.fill("[name=login]", "sari@example.com")
    phone.fill("[name=password]", "kain-batik-parang-77")
    phone.locator("form button[type=submit]").first.click()
    phone.wait_for_url(f"{URL}/contacts/")


def _install(context: BrowserContext, phone: Page) -> None:
    """Chromium finds nothing that prevents an installation, offers one, and installs the app."""
    phone.goto("/more/")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    devtools = context.new_cdp_session(phone)
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    expect(phone.locator("main div[data-install-way=prompt]")).to_be_visible()  # the page got `beforeinstallprompt`
    app_id = {"manifestId": f"{URL}/"}
    _send_patiently(devtools, "PWA.install", {**app_id, "installUrlOrBundleUrl": f"{URL}/"})
    devtools.send("PWA.changeAppUserSettings", {**app_id, "displayMode": "standalone"})
    with context.expect_page() as opened:
        devtools.send("PWA.launch", app_id)
    app = opened.value
    assert app.url == f"{URL}/?from=app"
    assert app.evaluate("matchMedia('(display-mode: standalone)').matches")
    app.close()


def _send_patiently(devtools: CDPSession, command: str, params: dict[str, Any], attempts: int = 4) -> None:
    """On a busy machine Chromium gives up early to fetch the page that it installs."""
    for left in reversed(range(attempts)):
        try:
            devtools.send(command, params)
        except Error:
            if not left:
                raise
        else:
            return


def _turn_notifications_on(phone: Page, push: BrowserPush) -> None:
    phone.goto("/settings/alerts/")
    fits(phone)
    phone.get_by_role("button", name="Nyalakan di perangkat ini").click()
    expect(phone.locator("[data-push-state=on]")).to_be_visible()
    [subscription] = [form for form in push.registrations.values() if form.get("X-subtype", "").startswith("wp:")]
    assert URL in subscription["X-subtype"]


def _hear_of_the_logout(phone: Page, world: World) -> None:
    world.whatsapp.ctl("logout", phone=SHOP)
    until("the alert", lambda: world.site.sql("SELECT 1 FROM alerts_alert WHERE kind = 'channel.stopped'"))
    try:  # a promise: a lost job costs the minute until the next periodic one
        until("the push", lambda: world.push.pushed or world.push.problems, seconds=90)
    except AssertionError as error:
        for table in ("channels_channel", "alerts_alert", "alerts_delivery", "alerts_pushdevice", "procrastinate_jobs"):
            error.add_note(f"{table}: {world.site.sql(f'SELECT * FROM {table}')}")
        raise
    assert world.push.problems == []
    [pushed] = world.push.pushed
    assert pushed.claims["sub"] == URL
    assert pushed.headers["Urgency"] == "high"
    assert b"Gaya Nusantara" not in pushed.body, "the service cannot read it"
    shown = (
        "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
        ".then((all) => all.map((one) => ({title: one.title, body: one.body, url: one.data.url})))"
    )
    expect(phone.get_by_role("button", name="Tampilkan kode QR")).to_be_visible()  # the page has reloaded itself
    [notification] = until("the notification", lambda: phone.evaluate(shown))
    assert notification["title"] == "Gaya Nusantara"
    assert "Toko" in notification["body"]
    phone.goto(notification["url"])
    phone.wait_for_url("**/channels/**")


def _confirm_key(phone: Page) -> str:
    phone.goto("/settings/backup/")
    phone.get_by_role("link", name="Lihat kunci").click()
    key = phone.locator(".wb-command code").inner_text().strip()
    phone.locator("[name=last_group]").fill(re.split(r"[\s-]+", key)[-1])
    phone.get_by_role("button", name="Sahkan kunci").click()
    expect(phone.locator("main")).not_to_contain_text(key)
    fits(phone)
    return key


def _rebuilt(home: Path, file: Path, key: str) -> list[object]:
    """Restores the file in a new home and returns its content. The command knows the file and the key, nothing else."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home.parent), "WABOLT_LANGUAGE": "en"}
    environment |= {"WABOLT_HOME": str(home), "WABOLT_RECOVERY_KEY": key}
    command = [quick_python(), "-m", "wabolt", "restore", str(file), "--yes"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cluster = Cluster(home / "postgres")
    cluster.start()
    try:
        return _content(Installation(home, "").sql)
    finally:
        cluster.remove()


def _content(sql: Any) -> list[object]:
    """The number of rows of the main tables, the text of the customer, and the owner's sign-in."""
    found: list[object] = [(name, sql(f"SELECT count(*) FROM {name}")) for name in COUNTED]
    found.append(sql("SELECT text FROM messaging_message WHERE direction = 'inbound'"))
    found.append(sql("SELECT email, password FROM accounts_user"))
    assert found[-2] == [(TEXT,)]
    return found
