"""The page on which an owner links a number."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
from wabolt.channels.providers.linked import linking
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
POLL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "connection"}


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, provider="linked", state=Channel.State.NEW, phone="")


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace)


def page(channel: Channel) -> str:
    return reverse("channels:link", args=[channel.pk])


def test_the_risk_is_read_before_a_number_is_made(owner: Client, workspace: Workspace) -> None:
    url = reverse("channels:linked_new")
    assert "passkey" in owner.get(url).content.decode()
    assert owner.post(url, {"name": "Toko"}).status_code == 422
    assert not Channel.objects.filter(workspace=workspace).exists()
    answer = owner.post(url, {"name": "Toko", "understood": "on"})
    made = Channel.objects.get(workspace=workspace)
    assert answer["Location"] == page(made)
    assert (made.provider, made.state, made.linked_at) == ("linked", "new", None)


def test_button_adds_a_command_and_the_page_shows_the_code(owner: Client, channel: Channel) -> None:
    assert owner.post(page(channel), {"do": "qr"}).status_code == 302
    assert ChannelCommand.objects.get(channel=channel).kind == "pair"
    with clock.hold(NOON):
        LinkedNumber.objects.update(stage="qr", secret="2@abc,def", secret_until=NOON + timedelta(seconds=31))
        shown = owner.get(page(channel) + "?shown=under_way", **POLL).content.decode()
        assert "<svg" in shown
        assert "35 detik" in shown
        assert "csrfmiddlewaretoken" not in shown
        LinkedNumber.objects.update(stage="code", secret="ABCD-1234")
        assert "ABCD-1234" in owner.get(page(channel), **POLL).content.decode()


def test_page_reloads_when_other_actions_become_possible(owner: Client, channel: Channel) -> None:
    LinkedNumber.objects.create(channel=channel, stage="linked", jid="62811:3@s.whatsapp.net")
    assert owner.get(page(channel) + "?shown=under_way", **POLL)["HX-Refresh"] == "true"
    assert "HX-Refresh" not in owner.get(page(channel) + "?shown=linked", **POLL)


def test_a_code_needs_a_phone_number(owner: Client, channel: Channel) -> None:
    assert owner.post(page(channel), {"do": "code", "phone": "12"}).status_code == 422
    owner.post(page(channel), {"do": "code", "phone": "0812 3456 7890"})
    assert ChannelCommand.objects.get(channel=channel).arguments == {"phone": "+6281234567890"}


def test_profile_command_holds_only_changed_parts(owner: Client, channel: Channel) -> None:
    LinkedNumber.objects.create(channel=channel, jid="62811:3@s.whatsapp.net", profile_name="Toko", about="Buka")
    offline = owner.post(page(channel), {"do": "profile", "name": "Toko Baru", "about": "Buka"})
    assert offline.status_code == 422
    Channel.objects.filter(pk=channel.pk).update(state="connected")
    owner.post(page(channel), {"do": "profile", "name": "Toko Baru", "about": "Buka"})
    assert ChannelCommand.objects.get(channel=channel).arguments == {"name": "Toko Baru"}


def test_only_the_owner_acts_and_only_linked_numbers_have_the_page(workspace: Workspace, channel: Channel) -> None:
    manager = signed_in(workspace, "manager")
    assert manager.get(page(channel)).status_code == 200
    assert manager.post(page(channel), {"do": "qr"}).status_code == 404
    other = make_channel(workspace)
    assert signed_in(workspace).get(page(other))["Location"] == reverse("channels:settings", args=[other.pk])
    assert signed_in(make_workspace()).get(page(channel)).status_code == 404


@pytest.mark.parametrize(
    ("state", "detail", "words"),
    [
        ("connected", {}, "Terhubung"),
        ("offline", {"why": "network"}, "Sedang tidak tersambung"),
        ("offline", {"why": "replaced"}, "Dipakai di tempat lain"),
        ("offline", {"why": "outdated"}, "Versi terlalu lama"),
        ("offline", {"why": "ended"}, "Sedang tidak tersambung"),
        ("logged_out", {}, "Tautan ini dilepas"),
        ("logged_out", {"why": "unlinked"}, "Kakak melepas tautannya di sini"),
        ("offline", {"why": "refused"}, "WhatsApp sedang menolak sambungannya"),
        ("offline", {"why": "restarting"}, "disambung ulang otomatis"),
        ("connecting", {}, "sedang disambungkan"),
        ("banned", {"code": "blocked_by_users", "until": "2026-11-23T05:00:00+00:00"}, "23 Nov 2026, 12.00 WIB"),
        ("banned", {}, "Minta peninjauan"),
    ],
)
def test_page_shows_the_state_of_the_connection(
    owner: Client, channel: Channel, state: str, detail: dict[str, str], words: str
) -> None:
    Channel.objects.filter(pk=channel.pk).update(state=state, state_detail=detail)
    LinkedNumber.objects.create(channel=channel, jid="62811:3@s.whatsapp.net", stage="linked")
    assert words in owner.get(page(channel)).content.decode()
    assert owner.get(reverse("channels:list")).status_code == 200


def test_qr_code_is_shown_only_at_its_stage(channel: Channel) -> None:
    assert linking.qr_svg(LinkedNumber(channel=channel, stage="qr", secret="2@x")).startswith("<svg")
    assert linking.qr_svg(LinkedNumber(channel=channel, stage="linked", secret="")) == ""


def test_code_without_renewal_expires(owner: Client, channel: Channel) -> None:
    with clock.hold(NOON):
        LinkedNumber.objects.create(channel=channel, stage="qr", secret="2@abc", secret_until=NOON - linking.STALE)
        assert "<svg" in owner.get(page(channel)).content.decode()
        LinkedNumber.objects.update(secret_until=NOON - linking.STALE - timedelta(seconds=1))
        shown = owner.get(page(channel)).content.decode()
    assert "Kodenya sudah habis waktu" in shown
    assert "Tampilkan kode QR" in shown, "and can be asked for again"


def test_page_says_that_no_gateway_runs(owner: Client, channel: Channel) -> None:
    with clock.hold(NOON):
        owner.post(page(channel), {"do": "qr"})
        assert "Belum ada yang berjalan" not in owner.get(page(channel)).content.decode()
    with clock.hold(NOON + timedelta(seconds=20)):
        assert "Belum ada yang berjalan" in owner.get(page(channel)).content.decode()


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("outdated", "Perbarui WABolt"),
        ("code: rate-overlimit", "WhatsApp tidak memberi kode"),
        ("locked", "belum selesai ditutup"),
        ("pump ended: x", "Cek internetnya"),
    ],
)
def test_a_failed_linking_says_why(owner: Client, channel: Channel, detail: str, words: str) -> None:
    LinkedNumber.objects.create(channel=channel, stage="failed", detail=detail)
    assert words in owner.get(page(channel)).content.decode()
