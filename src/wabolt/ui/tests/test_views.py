import json
from types import SimpleNamespace
from unittest import mock

import pytest
from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from PIL import Image
from pytest_django import Settings

from wabolt.lib import formats
from wabolt.ui import installable, views

pytestmark = pytest.mark.urls("wabolt.ui.tests.urls")

PAGES = ("400", "403", "403_csrf", "404", "429", "500")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_error_page_needs_no_request_and_says_what_to_do(name: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(f"{name}.html")
    assert f'<html lang="{language}">' in html
    assert "<h1>" in html
    # A visitor who follows an old link, or is one of many, is a customer: the start page would only ask for a password.
    assert ('href="/"' in html) == (name not in {"404", "429"})


def test_offline_page_and_worker_hold_no_data_of_a_shop(client: Client) -> None:
    assert "wb-app" not in client.get("/offline/").content.decode()
    worker = client.get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    setup = json.loads(worker.content.decode().split("const setup = ")[1].split(";\n")[0])
    assert setup["offline"] == "/offline/"
    assert all(address.startswith(setup["static"]) for address in setup["files"])


def test_precached_files_exist(client: Client) -> None:
    setup = json.loads(client.get("/sw.js").content.decode().split("const setup = ")[1].split(";\n")[0])
    for address in setup["files"]:
        assert finders.find(address.removeprefix(setup["static"])), address


def test_manifest_can_be_installed(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["display"], manifest["id"], manifest["scope"], manifest["lang"]) == ("standalone", "/", "/", "id")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:  # iOS and older Android take no SVG
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path
        assert icon["type"] == "image/png"
        with Image.open(path) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_manifest_bears_the_name_of_the_shop() -> None:
    request = RequestFactory().get("/manifest.webmanifest")
    request.workspace = SimpleNamespace(name="Gaya Nusantara")  # type: ignore[attr-defined]
    manifest = json.loads(views.manifest(request).content)
    assert "Gaya Nusantara" in manifest["name"]
    assert len(manifest["short_name"]) <= 12


def test_another_file_is_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    installable.release.cache_clear()
    before = installable.release()
    monkeypatch.setattr(installable, "PRECACHED", (*installable.PRECACHED, "ui/icon-96.png"))
    installable.release.cache_clear()
    assert installable.release() != before
    monkeypatch.undo()
    installable.release.cache_clear()
    assert installable.release() == before


def test_worker_can_be_switched_off(client: Client, settings: Settings) -> None:
    settings.OFFLINE_PAGES = False
    worker = client.get("/sw.js").content.decode()
    assert "unregister" in worker
    assert "fetch" not in worker


def style_guide(*, demo: bool) -> HttpResponse:
    request = RequestFactory().get("/ui/")
    request.user = SimpleNamespace(is_authenticated=True, name="Rina", email="r@x.id")  # type: ignore[assignment]
    request.workspace = SimpleNamespace(name="Toko", is_demo=demo)  # type: ignore[attr-defined]
    request.membership = SimpleNamespace(role="owner", get_role_display="Pemilik")  # type: ignore[attr-defined]
    with mock.patch("wabolt.ui.navigation.registered", return_value=()):  # the places of upper rooms ask the database
        return views.style_guide(request)


def test_style_guide_draws_every_component_for_a_demo_shop() -> None:
    html = style_guide(demo=True).content.decode()
    assert formats.phone("+6281234567890") in html
    for css in ("wb-table", "wb-bulk", "wb-funnel", "wb-phone", "wb-timeline", "wb-dialog", "wb-wizard"):
        assert css in html


def test_style_guide_is_not_there_for_a_real_shop() -> None:
    with pytest.raises(Http404):
        style_guide(demo=False)


def test_more_page_asks_for_a_login(client: Client) -> None:
    answer = client.get("/more/")
    assert answer.status_code == 302
