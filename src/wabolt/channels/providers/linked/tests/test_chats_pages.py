"""Pages of the owner: earlier chats, health of a number, unlinking."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels import pictures
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber, OldChat
from wabolt.channels.providers.linked import old_chats
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    made = make_channel(workspace, provider="linked", phone="+6281100000001")
    LinkedNumber.objects.create(channel=made, jid="6281100000001:3@s.whatsapp.net", stage="linked", profile_name="Toko")
    return made


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace)


def chat(channel: Channel, n: int, name: str = "") -> OldChat:
    return OldChat.objects.create(
        channel=channel, address=f"lid:{n}", lid=str(n), phone=f"+628120000{n:04}", name=name or f"Ayu {n}",
        messages=n, last_at=NOON - timedelta(days=n), wrote_at=None,
    )  # fmt: skip


def page(channel: Channel, name: str = "chats") -> str:
    return reverse(f"channels:{name}", args=[channel.pk])


def test_earlier_chats_are_offered_before_linking_and_not_ticked(owner: Client, workspace: Workspace) -> None:
    fresh = make_channel(workspace, provider="linked", state="new", phone="")
    shown = owner.get(page(fresh, "link")).content.decode()
    assert "Tampilkan chat lama" in shown
    assert 'name="history" value="1" checked' not in shown
    owner.post(page(fresh, "link"), {"do": "qr"})
    owner.post(page(fresh, "link"), {"do": "qr", "history": "1"})
    asked = list(ChannelCommand.objects.order_by("id").values_list("arguments", flat=True))
    assert asked == [{}, {"history": True}]


def test_search_loads_only_the_table(owner: Client, channel: Channel) -> None:
    old_chats.begin(channel, wanted=True)
    chat(channel, 1, "Rani"), chat(channel, 2, "Budi")
    response = owner.get(page(channel) + "?q=ran", headers={"HX-Request": "true", "HX-Target": "table"})
    html = response.content.decode()
    assert "Rani" in html
    assert "Budi" not in html
    assert "<html" not in html


def test_number_of_queries_does_not_grow_with_the_chats(
    owner: Client, channel: Channel, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    old_chats.begin(channel, wanted=True)
    chat(channel, 1)
    owner.get(page(channel))
    with django_assert_max_num_queries(12) as first:
        owner.get(page(channel))
    for n in range(2, 60):
        chat(channel, n)
    with django_assert_num_queries(len(first)):
        shown = owner.get(page(channel)).content.decode()
    assert "Halaman 1 dari 2" in shown


def test_the_page_says_when_nothing_is_kept(owner: Client, channel: Channel) -> None:
    assert "Tidak ada chat lama di sini" in owner.get(page(channel)).content.decode()
    with clock.hold(NOON):
        old_chats.begin(channel, wanted=True)
        chat(channel, 1)
        assert "29 Nov 2026" in owner.get(page(channel)).content.decode()
        assert "29 Nov 2026" in owner.get(page(channel, "link")).content.decode()
    with clock.hold(NOON + old_chats.KEPT):
        old_chats.expire()
    assert "Chat lama menunggu dipilih 7 hari" in owner.get(page(channel)).content.decode()
    old_chats.begin(channel, wanted=True)
    owner.post(page(channel), {"do": "drop"})
    assert "Kakak menghapusnya" in owner.get(page(channel)).content.decode()


def test_a_manager_sees_no_chats_and_unlinks_nothing(workspace: Workspace, channel: Channel) -> None:
    manager = signed_in(workspace, "manager")
    assert manager.get(page(channel)).status_code == 403
    assert manager.post(page(channel, "unlink")).status_code == 403
    assert manager.get(page(channel, "health")).status_code == 200


def test_unlinking_explains_itself_and_leaves_an_audit_entry(owner: Client, channel: Channel) -> None:
    shown = owner.get(page(channel, "unlink")).content.decode()
    assert "Kontak, izin, percakapan, dan laporan tetap ada." in shown
    assert not ChannelCommand.objects.exists(), "looking does nothing"
    assert owner.post(page(channel, "unlink"))["Location"] == page(channel, "link")
    assert ChannelCommand.objects.get().kind == "logout"
    assert AuditEntry.objects.filter(action="channel.logout", target_id=channel.pk).exists()


def test_an_offline_number_is_unlinked_on_the_phone(owner: Client, channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(state="offline")
    answer = owner.post(page(channel, "unlink"))
    assert answer.status_code == 422
    assert "Lepas tautannya di HP" in answer.content.decode()
    assert not ChannelCommand.objects.exists()


def test_failed_command_is_shown(owner: Client, channel: Channel) -> None:
    now = clock.now()
    ChannelCommand.objects.create(channel=channel, kind="profile", done_at=now, error="info query returned status 500")
    shown = owner.get(page(channel, "link")).content.decode()
    assert "Profilnya belum bisa diubah" in shown
    assert "info query" not in shown


def picture(size: tuple[int, int] = (900, 600), kind: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal").save(out, kind)
    return out.getvalue()


def profile(**more: object) -> dict[str, object]:
    return {"do": "profile", "name": "Toko", "about": "", **more}


def test_picture_is_reencoded_small_and_square(owner: Client, channel: Channel) -> None:
    upload = SimpleUploadedFile("logo.png", picture((1600, 900)), "image/png")
    assert owner.post(page(channel, "link"), profile(picture=upload)).status_code == 302
    [command] = ChannelCommand.objects.all()
    assert set(command.arguments) == {"picture"}
    drawn = pictures.profile_jpeg(picture((1600, 900)))
    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 640))
    entry = AuditEntry.objects.get(action="channel.profile")
    assert entry.data == {"picture": True}, "the picture itself is in no record"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 500, "broken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "broken"),
        (b"GIF89a" + bytes(300), "broken"),
        (picture()[:300], "broken"),
        (picture((100, 100)), "too_small"),
        (picture((8000, 6000), mode="1"), "too_many_pixels"),
        (bytes(pictures.MAX_BYTES + 1), "too_large"),
    ],
)
def test_hostile_pictures_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(DomainError) as told:
        pictures.profile_jpeg(data)
    assert told.value.code == code


def test_a_refused_picture_says_so_at_its_field(owner: Client, channel: Channel) -> None:
    upload = SimpleUploadedFile("virus.png", b"MZ" + bytes(500), "image/png")
    answer = owner.post(page(channel, "link"), profile(picture=upload))
    assert answer.status_code == 422
    assert "Ini bukan gambar yang bisa dibuka" in answer.content.decode()
    assert not ChannelCommand.objects.exists()


def test_location_of_a_photo_is_removed() -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (400, 400), "red")
    exif = Image.Exif()
    exif[0x010E] = "rahasia"
    exif[0x0112] = 6
    image.save(out, "JPEG", exif=exif, comment=b"rahasia")
    assert b"rahasia" in out.getvalue()
    assert b"rahasia" not in pictures.profile_jpeg(out.getvalue())


def test_only_members_see_the_picture(owner: Client, channel: Channel) -> None:
    assert owner.get(page(channel, "picture")).status_code == 204  # unlinked while its page is open: no error
    LinkedNumber.objects.update(picture="123", picture_data=pictures.profile_jpeg(picture()))
    answer = owner.get(page(channel, "picture"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert page(channel, "picture") + "?v=123" in owner.get(page(channel, "link")).content.decode()
    assert signed_in(make_workspace()).get(page(channel, "picture")).status_code == 404


def test_steps_on_the_phone_are_ticked_by_their_owner(owner: Client, channel: Channel) -> None:
    owner.post(page(channel, "link"), {"do": "ticks", "done": ["hours", "catalogue", "nonsense"]})
    assert LinkedNumber.objects.get().phone_ticks == ["hours", "catalogue"]
    assert 'value="hours" checked' in owner.get(page(channel, "link")).content.decode()
    owner.post(page(channel, "link"), {"do": "ticks"})
    assert LinkedNumber.objects.get().phone_ticks == []
    assert AuditEntry.objects.filter(action="channel.ticks").count() == 2


def test_health_page_shows_the_warm_up_and_the_card_loads_its_line(workspace: Workspace) -> None:
    with clock.hold(NOON):
        young = make_channel(workspace, linked_at=NOON - timedelta(days=2), warm_up=True, daily_cap=200)
        owner = signed_in(workspace)
        shown = owner.get(page(young, "health")).content.decode()
        assert "Hari ke-3 dari 15: 27 promo hari ini, 200 sehari mulai 4 Des 2026." in shown
        line = owner.get(
            page(young, "health"), headers={"HX-Request": "true", "HX-Target": f"short-{young.pk}"}
        ).content.decode()
    assert "<html" not in line
    assert "tidak ada yang Kakak kirimi lebih dulu" in line
    assert signed_in(make_workspace()).get(page(young, "health")).status_code == 404
