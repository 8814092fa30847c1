"""Pages of the Cloud API: connecting, error texts, secrets that are never shown."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cloud.conftest import make_cloud
from tests.graph.server import APP_SECRET, NUMBER_ID, TOKEN, WABA_ID, Answer, GraphServer
from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud import accounts
from wabolt.media.tests.factories import picture_bytes
from wabolt.messaging.models import PriceRate, Template

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Toko", "phone_number_id": NUMBER_ID, "waba_id": WABA_ID, "token": TOKEN, "app_secret": APP_SECRET,
    "verify_token": "",
}  # fmt: skip


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def connect(workspace: Workspace, **changes: str) -> Any:
    return signed_in(workspace).post(reverse("channels:cloud_new"), {**FORM, **changes}, follow=True)


def test_a_good_number_is_connected_at_once(workspace: Workspace, graph: GraphServer) -> None:
    page = connect(workspace).content.decode()
    channel = Channel.objects.get()
    account = channel.cloud_account
    assert (channel.state, channel.phone, channel.daily_cap, channel.messages_per_minute, channel.warm_up) == (
        "connected", "+6281100000001", 10_000, 4800, False,
    )  # fmt: skip
    assert (account.problem, account.quality, account.display_name) == ("", "green", "Gaya Nusantara")
    assert graph.subscribed == 1
    assert f"/webhooks/whatsapp/{channel.pk}/" in page
    assert TOKEN not in page
    assert APP_SECRET not in page


def test_secrets_are_nowhere_in_the_database(workspace: Workspace, graph: GraphServer) -> None:
    connect(workspace)
    stored = [str(list(model.objects.values())) for model in (CloudAccount, Channel, AuditEntry)]
    assert not [text for text in stored if TOKEN in text or APP_SECRET in text]


@pytest.mark.parametrize(
    ("changes", "problem", "word"),
    [
        ({"token": "EAAold"}, "token_expired", "token"),
        ({"phone_number_id": "81100000001"}, "number_gone", "ID"),
        ({"waba_id": "55555555"}, "waba", "WhatsApp Business"),
        ({"app_secret": "another"}, "app_secret", "app secret"),
    ],
)
def test_what_is_wrong_is_named(
    workspace: Workspace, graph: GraphServer, changes: dict[str, str], problem: str, word: str
) -> None:
    page = connect(workspace, **changes).content.decode()
    channel = Channel.objects.get()
    assert channel.cloud_account.problem == problem
    assert channel.state == "logged_out"
    assert word.lower() in page.lower()


def test_meta_away_is_no_fault_of_the_number(workspace: Workspace, graph: GraphServer) -> None:
    channel = make_cloud(workspace)
    graph.answer_all = Answer(500, 2)
    assert accounts.test_connection(channel=channel).problem == "unavailable"
    graph.close()
    assert accounts.test_connection(channel=channel).problem == "offline"
    assert channel.state == "connected"


def test_an_empty_field_keeps_what_is_stored(workspace: Workspace, graph: GraphServer) -> None:
    channel = make_cloud(workspace)
    before = channel.cloud_account.sealed_token
    form = {"phone_number_id": NUMBER_ID, "waba_id": WABA_ID, "token": "", "app_secret": "", "verify_token": ""}
    signed_in(workspace).post(reverse("channels:cloud", args=[channel.pk]), form)
    assert CloudAccount.objects.get().sealed_token == before


def test_another_key_file_is_said_so(workspace: Workspace, graph: GraphServer, settings: Any) -> None:
    channel = make_cloud(workspace)
    settings.SECRETS_KEY = "another machine"
    assert accounts.test_connection(channel=channel).problem == "seal_broken"
    assert signed_in(workspace).get(reverse("channels:cloud", args=[channel.pk])).status_code == 200


@pytest.mark.parametrize("bad", [{"phone_number_id": "+62 811"}, {"token": ""}, {"name": ""}])
def test_a_form_with_a_mistake_stays(workspace: Workspace, graph: GraphServer, bad: dict[str, str]) -> None:
    assert connect(workspace, **bad).status_code == 422
    assert not Channel.objects.exists()


def test_a_number_is_here_once(workspace: Workspace, graph: GraphServer) -> None:
    make_cloud(workspace)
    assert connect(workspace).status_code == 422
    assert Channel.objects.count() == 1


def test_a_demo_shop_reaches_no_real_person(graph: GraphServer) -> None:
    assert connect(make_workspace(is_demo=True)).status_code == 422
    assert not Channel.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "agent", "manager"])
def test_only_the_owner_enters_secrets(workspace: Workspace, role: str) -> None:
    channel = make_cloud(workspace)
    client = signed_in(workspace, role)
    for name, args in (("cloud_new", []), ("cloud", [channel.pk]), ("cloud_test", [channel.pk])):
        assert client.post(reverse(f"channels:{name}", args=args)).status_code == 403


def test_templates_are_fetched_shown_and_handed_in(workspace: Workspace, graph: GraphServer) -> None:
    channel = make_cloud(workspace)
    client = signed_in(workspace)
    body = {"type": "BODY", "text": "Halo {{1}} ya", "example": {"body_text": [["Ayu"]]}}
    graph.templates = [
        {
            "id": "1",
            "name": "promo",
            "language": "id",
            "category": "MARKETING",
            "status": "APPROVED",
            "components": [body],
        }
    ]
    page = client.post(reverse("messaging:template_sync"), follow=True).content.decode()
    assert "promo" in page
    made = Template.objects.get()
    assert "Halo Ayu ya" in client.get(reverse("messaging:template", args=[made.pk])).content.decode()
    form = {"channel": channel.pk, "name": "baru", "category": "utility", "language": "id", "body": "Pesanan siap."}
    assert client.post(reverse("messaging:template_new"), form).status_code == 302
    assert Template.objects.count() == 2
    assert client.post(reverse("messaging:template_new"), {**form, "body": "Halo {{3}} ya"}).status_code == 422


def test_owner_enters_prices(workspace: Workspace) -> None:
    client = signed_in(workspace)
    form = {"as_of": "2026-11-01", "marketing": 586, "utility": 300, "authentication": 300, "service": 50}
    assert client.post(reverse("messaging:prices"), form).status_code == 302
    assert PriceRate.objects.get(category="marketing").amount == 586
    assert client.post(reverse("messaging:prices"), {**form, "marketing": -1}).status_code == 422


def test_list_of_templates_asks_as_often_for_one_as_for_many(workspace: Workspace) -> None:
    channel = make_cloud(workspace)
    client = signed_in(workspace)
    counts = []
    for n in range(3):
        Template.objects.create(
            workspace=workspace, channel=channel, vendor_id=str(n), name=f"p{n}", language="id", category="utility",
            status="approved", components=[],
        )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("messaging:templates"))
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_only_who_needs_templates_finds_them(workspace: Workspace) -> None:
    client, place = signed_in(workspace), reverse("messaging:templates")
    assert f'href="{place}"' not in client.get(reverse("contacts:list")).content.decode()
    make_cloud(workspace)
    assert f'href="{place}"' in client.get(reverse("contacts:list")).content.decode()


def test_prices_say_whose_they_are_and_from_when(workspace: Workspace) -> None:
    client, page = signed_in(workspace), reverse("messaging:prices")
    assert "perkiraan kami" in client.get(page).content.decode()
    form = {"as_of": "2026-11-01", "marketing": 586, "utility": 300, "authentication": 300, "service": 50}
    client.post(page, form)
    assert "perkiraan kami" not in client.get(page).content.decode()
    make_cloud(workspace)
    assert "1 Nov 2026" in client.get(reverse("messaging:templates")).content.decode()


def test_a_template_with_a_picture_is_handed_in_from_the_page(workspace: Workspace, graph: GraphServer) -> None:
    channel, client = make_cloud(workspace), signed_in(workspace)
    form = {"channel": channel.pk, "name": "baru", "category": "utility", "language": "id", "body": "Pesanan siap."}
    picture = SimpleUploadedFile("batik.jpg", picture_bytes(), "image/jpeg")
    assert client.post(reverse("messaging:template_new"), form | {"file": picture}).status_code == 302
    made = Template.objects.get()
    assert made.components[0]["format"] == "IMAGE"
    assert (
        "dipilih saat membuat broadcast" in client.get(reverse("messaging:template", args=[made.pk])).content.decode()
    )
    strange = SimpleUploadedFile("batik.jpg", b"MZ not a picture", "image/jpeg")
    assert client.post(reverse("messaging:template_new"), form | {"file": strange}).status_code == 422
    assert Template.objects.count() == 1
