"""A contest and a draw from the first form to the winners, in a real browser at 360 px.

The draw goes through all its steps: a refusal without a permit, the closing, the hashes, the seed, the winners, a
dropped winner, and the documented program that computes the winners again from the published record.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.access import faults
from tests.browser.chromium import CHROMIUM, chromium_started, problems_of
from tests.browser.test_access import window
from tests.browser.test_privacy_desk import aside
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.optin.giveaways.tests.factories import say, show
from wabolt.optin.models import Entrant, Giveaway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture
def channel(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace("Gaya Nusantara"))
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def page(live_server: LiveServer, channel: Channel) -> Iterator[Page]:
    client = signed_in(channel.workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        problems = problems_of(page)
        yield page
        assert not problems


def _looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults(page) == []


def _new(page: Page, live_server: LiveServer, kind: str, **fields: str) -> None:
    page.goto(f"{live_server.url}/ways-in/new/giveaway/")
    page.locator(f"[name=kind][value={kind}]").check()
    ends = clock.now().astimezone() + timedelta(days=3)
    for name, value in {"closes_at": f"{ends:%Y-%m-%dT%H:%M}", **fields}.items():
        page.locator(f"[name={name}]").fill(value)
    _looks_right(page)
    page.get_by_role("button", name="Simpan").click()


def _close(page: Page) -> None:
    page.get_by_role("button", name="Tutup", exact=True).click()
    expect(page.locator("main")).to_contain_text("Ditutup")


def test_a_contest_is_judged_and_published(page: Page, live_server: LiveServer, channel: Channel) -> None:
    _new(
        page, live_server, "contest", name="Foto Batik", prize="Tas tenun", word="FOTOBATIK", places="1",
        criteria="Foto paling kreatif", reward_text="Selamat, Kakak menang!",
    )  # fmt: skip
    page.wait_for_url(re.compile(r"/ways-in/giveaway/\d+/$"))
    home = page.url
    for who in (1, 2):
        aside(lambda who=who: show(channel, who, f"📷 #FOTOBATIK kebaya {who}"))  # type: ignore[misc]
    page.goto(f"{home}scoring/")
    page.get_by_role("button", name="Nilai 9 untuk peserta 2").click()
    page.get_by_role("button", name="Nilai 5 untuk peserta 1").click()
    _looks_right(page)
    expect(page.locator("main")).to_contain_text("Tutup dulu")
    page.goto(home)
    _close(page)
    page.goto(f"{home}scoring/")
    page.get_by_role("button", name="Umumkan dan kabari pemenang").click()
    expect(page.locator("main")).to_contain_text("Selesai")
    winners: list[int] = []
    aside(lambda: winners.extend(Entrant.objects.filter(place=1).values_list("number", flat=True)))
    assert winners == [2]
    page.goto(f"{live_server.url}/m/{_slug()}/")
    expect(page.locator("main")).to_contain_text("Peserta nomor 2")
    _looks_right(page)


def test_a_draw_from_the_permit_to_the_program_that_checks_it(
    page: Page, live_server: LiveServer, channel: Channel, tmp_path: Path
) -> None:
    fields = {"name": "Undian Motor", "prize": "Satu sepeda motor", "word": "MOTORKU", "places": "1"}
    _new(page, live_server, "draw", **fields)
    expect(page.locator("main")).to_contain_text("Permensos 4/2021")
    assert page.url.endswith("/new/giveaway/"), "without a permit there is no draw"
    page.locator("[name=permit_number]").fill("123/HIB/UGB/2026")
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url(re.compile(r"/ways-in/giveaway/\d+/$"))
    home = page.url
    for who in range(1, 6):
        aside(lambda who=who: say(channel, "MOTORKU", who))  # type: ignore[misc]
    page.goto(home)
    _close(page)
    page.goto(f"{home}draw/")
    page.locator("[name=source][value=other]").check()
    page.locator("[name=announced]").fill("Kurs JISDOR 2 Desember 2026")
    _looks_right(page)
    page.get_by_role("button", name="Kunci daftar 5 orang").click()
    record = f"{live_server.url}/m/{_slug()}/draw.json"
    published = json.loads(page.request.get(record).text())
    assert published["seed"] is None
    assert len(published["tickets"]) == 5
    page.locator("[name=public_value]").fill("16.431")
    _looks_right(page)
    page.get_by_role("button", name="Undi 1 pemenang").click()
    drawn = json.loads(page.request.get(record).text())
    assert (drawn["tickets_sha256"], drawn["seed_sha256"]) == (published["tickets_sha256"], published["seed_sha256"])
    page.locator("main details summary").first.click()
    page.locator("[name=reason]").first.select_option("declined")
    page.get_by_role("button", name="Gugurkan, naikkan yang berikutnya").first.click()
    _looks_right(page)
    (tmp_path / "record.json").write_bytes(page.request.get(record).body())
    (tmp_path / "draw.py").write_bytes(page.request.get(f"{live_server.url}/m/{_slug()}/draw.py").body())
    checked = subprocess.run(
        [sys.executable, "draw.py", "record.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "COCOK" in checked.stdout
    assert "declined" in checked.stdout
    page.goto(f"{live_server.url}/m/{_slug()}/")
    winner = json.loads((tmp_path / "record.json").read_text())["winners"][-1]["ticket"]
    expect(page.locator("main")).to_contain_text(winner)
    _looks_right(page)


def _slug() -> str:
    found: list[str] = []
    aside(lambda: found.append(Giveaway.objects.select_related("point").get().point.slug))
    return found[0]
