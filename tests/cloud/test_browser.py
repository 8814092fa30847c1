"""A shop with a Cloud API number in a real browser at phone width: connection errors, templates, the service window, a
broadcast with its price."""

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, phone_at
from tests.cloud.conftest import make_cloud, post
from tests.cloud.sending import person
from tests.graph import webhooks
from tests.graph.server import APP_SECRET, NUMBER_ID, TOKEN, WABA_ID, GraphServer
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import services as broadcasts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_segment
from wabolt.channels.models import Channel
from wabolt.consent.tests.factories import give_consent
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the Cloud API's pages were not walked"),
]
PROMO = {
    "id": "1", "name": "promo_batik", "language": "id", "category": "MARKETING", "status": "APPROVED",
    "components": [
        {"type": "BODY", "text": "Halo {{1}}, batik baru.", "example": {"body_text": [["Ayu"]]}},
        {"type": "FOOTER", "text": "Balas STOP untuk berhenti"},
    ],
}  # fmt: skip

READY = {
    "id": "2", "name": "pesanan_siap", "language": "id", "category": "UTILITY", "status": "APPROVED",
    "components": [
        {"type": "BODY", "text": "Halo {{1}}, pesanan {{2}} siap.", "example": {"body_text": [["Ayu", "A17"]]}}
    ],
}  # fmt: skip


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def page(
    workspace: Workspace, live_server: LiveServer, graph: GraphServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    # Playwright's event loop runs in this thread, and the test also uses the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    session = signed_in(workspace).cookies["sessionid"].value
    with phone_at(live_server.url, service_workers="block") as page:
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield page


@override_settings(PUBLIC_URL="http://127.0.0.1:8000")
def test_an_owner_goes_the_way_of_the_cloud_api(page: Page, workspace: Workspace, graph: GraphServer) -> None:
    graph.templates = [PROMO]
    channel = connect(page)
    page.goto("/templates/")
    page.get_by_role("button", name="Ambil dari Meta").click()
    page.get_by_role("link", name="promo_batik").click()
    expect(page.locator("main")).to_contain_text("Halo Ayu, batik baru.")
    fits(page)
    answer(page, channel, graph)
    send(page, workspace, channel, graph)


def test_a_member_writes_by_a_template_where_the_window_is_over(
    page: Page, workspace: Workspace, graph: GraphServer
) -> None:
    graph.templates = [PROMO, READY]
    channel = make_cloud(workspace, quiet_from=time(0), quiet_until=time(0))
    services.sync_templates(channel=channel)
    contact = person(channel, wrote=timedelta(hours=30))
    page.goto(f"/contacts/{contact.pk}/?tab=conversation")
    page.get_by_role("link", name="Kirim template yang disetujui").click()
    page.locator("select[name=template]").select_option(label="promo_batik (id)")
    page.get_by_role("button", name="Pakai template ini").click()
    expect(page.locator("main")).to_contain_text("belum memberi izin")
    assert page.locator("form#reply button").count() == 0
    fits(page)
    page.locator("select[name=template]").select_option(label="pesanan_siap (id)")
    page.get_by_role("button", name="Pakai template ini").click()
    expect(page.locator("#preview")).to_contain_text("Halo Ayu, pesanan {{2}} siap.")
    page.locator("[name='body.2']").fill("B12")
    expect(page.locator("#preview")).to_contain_text("Halo Ayu, pesanan B12 siap.")
    fits(page)
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator("#thread")).to_contain_text("pesanan B12 siap.")
    services.work_lane_once(channel)
    assert graph.bodies[-1]["template"]["name"] == "pesanan_siap"


def fits(page: Page) -> None:
    """Nothing overflows the width of a phone's screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


def connect(page: Page) -> Channel:
    page.goto("/templates/")
    page.locator("main").get_by_role("link", name="Cloud API").click()
    values = {"name": "Toko", "phone_number_id": NUMBER_ID, "waba_id": WABA_ID, "token": "EAAlama"}
    for name, value in {**values, "app_secret": APP_SECRET}.items():
        page.locator(f"[name={name}]").fill(value)
    fits(page)
    page.get_by_role("button", name="Hubungkan dan tes").click()
    expect(page.locator("main")).to_contain_text("Token akses sudah habis")
    fits(page)
    page.locator("[name=token]").fill(TOKEN)
    page.get_by_role("button", name="Simpan dan tes").click()
    main = page.locator("main")
    expect(main).to_contain_text("10.000 orang per hari")
    expect(main).to_contain_text("tidak bisa dipanggil Meta")
    fits(page)
    channel = Channel.objects.get()
    Channel.objects.update(quiet_from=time(0), quiet_until=time(0))
    return channel


def answer(page: Page, channel: Channel, graph: GraphServer) -> None:
    """Ayu writes; the composer shows how long she may be answered."""
    post(channel, webhooks.message("wamid.in", body="Halo", at=int((clock.now() - timedelta(hours=1)).timestamp())))
    process_raw_events(channel)
    contact = Message.objects.filter(direction="inbound").get().contact
    give_consent(channel.workspace, [contact.pk])
    page.goto(f"/contacts/{contact.pk}/?tab=conversation")
    expect(page.locator("#conversation")).to_contain_text(re.compile(r"Masih bisa dibalas selama 2[23]\sjam"))
    page.locator("#conversation textarea").fill("Selamat datang, Kak Ayu")
    page.get_by_role("button", name="Kirim").click()
    expect(page.locator("#thread")).to_contain_text("Selamat datang, Kak Ayu")
    fits(page)
    services.work_lane_once(channel)
    assert [body["text"]["body"] for body in graph.bodies][-1] == "Selamat datang, Kak Ayu"


def send(page: Page, workspace: Workspace, channel: Channel, graph: GraphServer) -> None:
    """A broadcast is sent as the approved template with its variable and price."""
    segment = make_segment(workspace)
    page.goto("/broadcasts/new/")
    page.locator("[name=segment]").select_option(value=str(segment.pk))
    page.locator("[name=name]").fill("Batik baru")
    page.locator("[name=template]").select_option(index=1)
    fits(page)
    page.get_by_role("button", name="Lanjut").click()
    page.wait_for_url(re.compile("/template/"))
    page.get_by_role("button", name="Nama", exact=True).click()
    expect(page.locator(".bc-editor .bc-token")).to_have_text("Nama")
    assert "{{" not in page.locator("main").inner_text()
    fits(page)
    page.get_by_role("button", name=re.compile("Lanjut|Simpan")).last.click()
    main = page.locator("main")
    expect(main).to_contain_text("Rp670")
    fits(page)
    page.get_by_role("button", name=re.compile("Kirim ke 1")).click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    broadcasts.freeze(broadcast_id=Broadcast.objects.get().pk)
    services.work_lane_once(channel)
    body = graph.bodies[-1]["template"]
    assert (body["name"], body["components"][0]["parameters"][0]["text"]) == ("promo_batik", "Ayu")
