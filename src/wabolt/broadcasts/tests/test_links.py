"""Links of a broadcast, and the warning when customers cannot open our address."""

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
SHOP = "https://gayanusantara.example/batik"
HOME = "http://127.0.0.1:8000"


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def check_page(workspace: Workspace, provider: str) -> str:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace, text=f"Lihat {SHOP} ya Kak")
    broadcast.channel.provider = provider
    broadcast.channel.save(update_fields=["provider"])
    return signed_in(workspace).get(f"/broadcasts/{broadcast.pk}/check/").content.decode()


def test_check_page_warns_about_a_real_number_without_a_public_address(workspace: Workspace, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = HOME
    page = check_page(workspace, "linked")
    assert "Klik tidak akan terhitung" in page
    assert "Alamat publik" in page
    assert SHOP in page
    assert HOME not in page


def test_real_number_with_a_public_address_shows_the_short_link(workspace: Workspace, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://wa.gayanusantara.example"
    page = check_page(workspace, "linked")
    assert "Klik tidak akan terhitung" not in page
    assert "https://wa.gayanusantara.example/l/contoh" in page


def test_simulated_phones_open_links_on_this_machine(workspace: Workspace, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = HOME
    page = check_page(workspace, "simulator")
    assert "Klik tidak akan terhitung" not in page
    assert f"{HOME}/l/contoh" in page


def test_trial_has_the_original_links(workspace: Workspace) -> None:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace, text=f"Lihat {SHOP} ya Kak")
    signed_in(workspace).post(f"/broadcasts/{broadcast.pk}/test/", {"phone": "0812 3456 7890"})
    assert SHOP in Message.objects.get(origin_kind="test").text


def test_share_excludes_suppressed_contacts(workspace: Workspace) -> None:
    broadcast = make_broadcast(workspace)
    broadcast.planned = 10
    progress = queries.Progress(10, {"sent": 3, "failed": 1, "suppressed": 4, "held_out": 1, "queued": 1})
    assert (progress.addressed, progress.sent, progress.open) == (5, 3, 1)
    assert queries.Progress(4, {"suppressed": 4}).addressed == 0
