"""The builder: questions in their order, birthdays without a year, pictures, links, and the preview."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Field
from wabolt.contacts.services import create_field
from wabolt.lib.birthdays import NO_YEAR
from wabolt.media.models import MediaFile
from wabolt.media.tests.factories import picture_bytes
from wabolt.optin.builder import PointForm
from wabolt.optin.forms import JoinForm
from wabolt.optin.models import EntryPoint, PageLink
from wabolt.optin.questions import INTERESTS, SIZE
from wabolt.optin.services import LinkDraft
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Situs", "voucher_percent": "0", "voucher_days": "14", "colour": "#4f3cc9", "language": "id"}


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace("Gaya Nusantara")


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


@pytest.fixture
def owner(channel: Channel) -> Client:
    return signed_in(channel.workspace)


def save(owner: Client, channel: Channel, kind: str = "form", **given: object) -> EntryPoint:
    answer = owner.post(reverse("optin:new", args=[kind]), {**GIVEN, "channel": channel.pk, **given})
    assert answer.status_code == 302, answer.content.decode()
    return EntryPoint.objects.latest("pk")


def test_questions_have_an_order_and_choices(channel: Channel, owner: Client) -> None:
    point = save(
        owner, channel,
        **{"ask_name": "required", "order_name": "3", "ask_birth_date": "day", "order_birth_date": "2",
           f"ask_{INTERESTS}": "optional", f"order_{INTERESTS}": "1",
           f"choices_{INTERESTS}": "batik, gamis,, hijab,batik",
           f"ask_{SIZE}": "required", f"order_{SIZE}": "4", f"choices_{SIZE}": "S,M,L"},
    )  # fmt: skip
    assert point.questions == [
        {"key": INTERESTS, "required": False, "choices": ["batik", "gamis", "hijab"]},
        {"key": "birth_date", "required": False, "year": False},
        {"key": "name", "required": True},
        {"key": SIZE, "required": True, "choices": ["S", "M", "L"]},
    ]
    made = dict(Field.objects.filter(workspace=channel.workspace).values_list("key", "kind"))
    assert made == {"minat": "text", "ukuran": "text"}
    shown = owner.get(reverse("optin:edit", args=[point.pk])).content.decode()
    assert "batik, gamis, hijab" in shown
    places = [shown.index(f'name="ask_{key}"') for key in (INTERESTS, "birth_date", "name")]
    assert places == sorted(places)


def test_answers_are_stored_as_they_are_known_elsewhere(channel: Channel) -> None:
    questions = [
        {"key": "birth_date", "year": False, "required": True},
        {"key": INTERESTS, "choices": ["batik", "gamis"]},
        {"key": SIZE, "choices": ["S", "M"], "required": True},
    ]
    point = make_point(channel, kind="form", questions=questions)
    given = {"marketing": "on", "answer_birth_date_day": "29", "answer_birth_date_month": "2"}
    given |= {f"answer_{INTERESTS}": ["batik", "gamis"], f"answer_{SIZE}": "M"}
    form = JoinForm(_post(given), point=point)
    assert form.is_valid(), form.errors
    answers = form.submission(None).answers  # type: ignore[arg-type]
    assert answers == {"birth_date": f"{NO_YEAR}-02-29", INTERESTS: "batik, gamis", SIZE: "M"}
    assert date.fromisoformat(answers["birth_date"]) == date(NO_YEAR, 2, 29)
    wrong = JoinForm(_post({**given, f"answer_{SIZE}": "XXL"}), point=point)
    assert f"answer_{SIZE}" in wrong.errors


def _post(given: dict[str, object]) -> object:
    data = QueryDict(mutable=True)
    for key, value in given.items():
        data.setlist(key, value if isinstance(value, list) else [str(value)])
    return data


def test_a_field_of_the_shop_keeps_its_kind(channel: Channel, owner: Client) -> None:
    create_field(workspace=channel.workspace, label="Ukuran baju", kind="choice", choices=["S", "M"], key="ukuran")
    point = save(owner, channel, **{f"ask_{SIZE}": "optional"})
    assert point.questions == [{"key": SIZE, "required": False}]
    assert Field.objects.count() == 1
    assert [str(label) for _value, label in JoinForm(point=point).fields[f"answer_{SIZE}"].choices] == ["S", "M"]


def test_too_many_choices_are_refused(channel: Channel, owner: Client) -> None:
    given = {f"ask_{SIZE}": "optional", f"choices_{SIZE}": ",".join(map(str, range(31)))}
    answer = owner.post(reverse("optin:new", args=["form"]), {**GIVEN, "channel": channel.pk, **given})
    assert answer.status_code == 422
    assert not EntryPoint.objects.exists()


def upload(data: bytes, name: str = "foto.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/png")


def test_pictures_are_reencoded_and_kept_over_errors(channel: Channel, owner: Client) -> None:
    sent = {**GIVEN, "channel": channel.pk, "greeting": "STOP", "logo": upload(picture_bytes(900, 900, kind="PNG"))}
    refused = owner.post(reverse("optin:new", args=["qr"]), {**sent, "picture": upload(picture_bytes(2000, 800))})
    assert refused.status_code == 422
    form = refused.context["form"]
    kept = {f"{field.name}_kept": reference for field, _file, reference in form.kept()}
    point = save(owner, channel, "qr", **kept)
    assert point.logo is not None
    assert point.picture is not None
    assert (point.logo.mime_type, point.logo.width) == ("image/jpeg", 400)
    assert point.picture.width == 1200
    without = {**GIVEN, "channel": channel.pk, **kept, "logo_drop": "1"}
    assert owner.post(reverse("optin:edit", args=[point.pk]), without).status_code == 302
    point.refresh_from_db()
    assert point.logo is None
    assert point.picture is not None


@pytest.mark.parametrize("data", [b"%PDF-1.4 no picture", b"", b"\x89PNG broken"])
def test_what_is_no_picture_is_refused(channel: Channel, owner: Client, data: bytes) -> None:
    given = {**GIVEN, "channel": channel.pk, "picture": upload(data)}
    answer = owner.post(reverse("optin:new", args=["qr"]), given)
    assert answer.status_code == 422
    assert not MediaFile.objects.exists()


def test_a_picture_of_another_shop_cannot_be_taken(channel: Channel, owner: Client) -> None:
    other = make_channel(make_workspace("Lain"))
    refused = signed_in(other.workspace).post(
        reverse("optin:new", args=["qr"]), {**GIVEN, "channel": "0", "picture": upload(picture_bytes())}
    )
    (reference,) = [reference for field, _file, reference in refused.context["form"].kept() if field.name == "picture"]
    assert reference
    assert save(owner, channel, "qr", picture_kept=reference).picture is None


def test_links_keep_their_taps(channel: Channel, owner: Client) -> None:
    point = make_point(
        channel, kind="link", links=[LinkDraft("Toko", "https://toko.id/"), LinkDraft("Peta", "https://map.id/")]
    )
    PageLink.objects.filter(title="Peta").update(taps=7)
    given = {**GIVEN, "channel": channel.pk, "link_title_0": "Lokasi", "link_url_0": "https://map.id/",
             "link_icon_0": "map-search", "link_title_2": "IG", "link_url_2": "https://instagram.com/gaya"}  # fmt: skip
    assert owner.post(reverse("optin:edit", args=[point.pk]), given).status_code == 302
    links = list(PageLink.objects.order_by("position").values_list("title", "icon", "taps"))
    assert links == [("Lokasi", "map-search", 7), ("IG", "link", 0)]
    for wrong in ("javascript:alert(1)", "toko.id", "https://", "https://a b.id", "//toko.id", "https://u:p@toko.id"):
        answer = owner.post(reverse("optin:edit", args=[point.pk]), {**given, "link_url_0": wrong})
        assert answer.status_code == 422, wrong
    assert PageLink.objects.count() == 2


def test_the_preview_shows_what_is_not_saved(channel: Channel, owner: Client) -> None:
    address = reverse("optin:preview", args=["form"])
    given = {**GIVEN, "headline": "<b>Halo</b>", "incentive": "Gratis tote bag", "ask_city": "optional"}
    shown = owner.post(address, {**given, "channel": channel.pk, "colour": "#ffee00"}).content.decode()
    assert "&lt;b&gt;Halo&lt;/b&gt;" in shown
    assert "Gratis tote bag" in shown
    assert "Kota" in shown
    assert "/m/ffee00.css" in shown
    assert not EntryPoint.objects.exists()
    assert not Field.objects.exists()
    broken = owner.post(address, {**given, "colour": "red", "voucher_percent": "x", "channel": "0"})
    assert broken.status_code == 200
    assert signed_in(channel.workspace, "viewer").post(address, given).status_code == 403


@pytest.mark.parametrize("kind", ["qr", "form", "link", "chat"])
def test_every_kind_can_be_saved_again_unchanged(channel: Channel, owner: Client, kind: str) -> None:
    point = make_point(
        channel, kind=kind, headline="Halo", incentive="Diskon", questions=[{"key": "city", "required": False}]
    )
    before = EntryPoint.objects.filter(pk=point.pk).values().get()
    form = PointForm(workspace=channel.workspace, kind=kind, point=point)
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent = {name: value for name, value in sent.items() if value is not False}
    assert owner.post(reverse("optin:edit", args=[point.pk]), sent).status_code == 302
    kept = EntryPoint.objects.filter(pk=point.pk).values().get()
    unused = {"headline", "incentive"} if kind == "chat" else set()
    unused |= {"questions"} if kind != "form" else set()
    assert {k: v for k, v in kept.items() if k not in unused} == {k: v for k, v in before.items() if k not in unused}
