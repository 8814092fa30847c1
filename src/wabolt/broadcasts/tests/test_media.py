"""A broadcast with a picture: attached, kept over errors, refused where the channel cannot carry it, and delivered."""

import re
from collections.abc import Iterator

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.broadcasts.tests.pages import body, written
from wabolt.channels.models import SimulatedDelivery, SimulatedFile
from wabolt.channels.providers.simulator import phones
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.registry import Capabilities, MediaLimit
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.queries import phone_of
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.queries import media_bytes
from wabolt.media.tests.factories import PDF_BYTES, make_media, picture_bytes
from wabolt.messaging.models import Message
from wabolt.messaging.services import work_lane_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


@pytest.fixture
def texts_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A channel that cannot send files."""
    able = Capabilities(max_messages_per_minute=1000, max_daily_cap=1000, is_simulation=True)
    monkeypatch.setattr(SimulatorProvider, "capabilities", able)
    return


def upload(name: str = "harga.pdf", data: bytes = PDF_BYTES) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/whatever")


def picture() -> SimpleUploadedFile:
    return upload("batik.jpg", picture_bytes())


def kept_in(page: str) -> str:
    found = re.search(r'name="file_kept" value="([^"]+)"', page)
    assert found
    return found[1]


# Composing


def test_compose_stores_the_picture_with_the_draft_and_shows_it_before_sending(
    workspace: Workspace, manager: Client
) -> None:
    response = manager.post(reverse("broadcasts:new"), written(workspace, file=picture()))
    broadcast = Broadcast.objects.get()
    assert broadcast.media is not None
    assert broadcast.media.mime_type == "image/jpeg"
    shown = f'src="{reverse("media:file", args=[broadcast.media_id])}"'
    assert shown in body(manager.get(response["Location"]))
    page = body(manager.get(reverse("broadcasts:edit", args=[broadcast.pk])))
    assert shown in page
    manager.post(
        reverse("broadcasts:edit", args=[broadcast.pk]), written(workspace, name="Lain", file_kept=kept_in(page))
    )
    broadcast.refresh_from_db()
    assert (broadcast.name, broadcast.media_id) == ("Lain", MediaFile.objects.get().pk)


def test_compose_keeps_the_file_when_other_fields_have_errors(workspace: Workspace, manager: Client) -> None:
    response = manager.post(reverse("broadcasts:new"), written(workspace, name="", file=upload()))
    assert response.status_code == 422
    kept = kept_in(body(response))
    manager.post(reverse("broadcasts:new"), written(workspace, file_kept=kept))
    assert Broadcast.objects.get().media_id == MediaFile.objects.get().pk


def test_compose_replaces_and_removes_the_file(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace, media=make_media(workspace))
    edit = reverse("broadcasts:edit", args=[broadcast.pk])
    kept = kept_in(body(manager.get(edit)))
    manager.post(edit, written(workspace, file_kept=kept, file=upload()))
    broadcast.refresh_from_db()
    assert broadcast.media is not None
    assert broadcast.media.kind == "document"
    kept = kept_in(body(manager.get(edit)))
    manager.post(edit, written(workspace, file_kept=kept, drop_file="1"))
    broadcast.refresh_from_db()
    assert broadcast.media is None


def test_a_new_file_instead_of_a_removed_one_is_kept_through_errors(workspace: Workspace, manager: Client) -> None:
    """The form with the error shows the new file, with an empty box "Remove it"."""
    broadcast = make_broadcast(workspace, media=make_media(workspace))
    edit = reverse("broadcasts:edit", args=[broadcast.pk])
    kept = kept_in(body(manager.get(edit)))
    new = {"file": upload(), "drop_file": "on"}
    refused = manager.post(edit, written(workspace, name="", file_kept=kept, **new))
    assert refused.status_code == 422
    page = body(refused)
    [box] = re.findall(r'<input[^>]* name="drop_file"[^>]*>', page)
    assert "checked" not in box
    manager.post(edit, written(workspace, file_kept=kept_in(page)))
    broadcast.refresh_from_db()
    assert broadcast.media is not None
    assert broadcast.media.kind == "document"


@each(
    ("data", "words"),
    [
        (b"<html><script>alert(1)</script>", "tidak bisa dikirim"),
        (b"\x89PNG\r\n\x1a\nrusak", "rusak"),
        (b"", "kosong"),
    ],
    undone=True,
)
def test_compose_reports_a_bad_file_and_keeps_the_text(
    workspace: Workspace, manager: Client, data: bytes, words: str
) -> None:
    file = SimpleUploadedFile("foto.jpg", data, "image/jpeg")
    response = manager.post(reverse("broadcasts:new"), written(workspace, file=file))
    page = body(response)
    assert response.status_code == 422
    assert words in page
    assert "Koleksi baru" in page
    assert not Broadcast.objects.exists()


def test_compose_refuses_a_file_that_the_channel_cannot_send(
    workspace: Workspace, manager: Client, texts_only: None
) -> None:
    response = manager.post(reverse("broadcasts:new"), written(workspace, file=upload()))
    assert response.status_code == 422
    assert "hanya bisa mengirim teks" in body(response)
    assert kept_in(body(response))


def test_compose_refuses_a_caption_that_is_too_long(workspace: Workspace, manager: Client) -> None:
    text = "a" * 1020
    response = manager.post(reverse("broadcasts:new"), written(workspace, text=text, file=picture()))
    assert response.status_code == 422
    assert "1024" in body(response)
    assert manager.post(reverse("broadcasts:new"), written(workspace, text=text)).status_code == 302


def test_attach_answers_with_the_picture_in_the_phone(workspace: Workspace, manager: Client) -> None:
    response = manager.post(reverse("broadcasts:attach"), written(workspace, file=picture()))
    page = body(response)
    shown = f'src="{reverse("media:file", args=[MediaFile.objects.get().pk])}"'
    assert page.count(shown) == 2
    assert 'id="bubble" hx-swap-oob="true"' in page
    kept = kept_in(page)
    assert shown in body(manager.post(reverse("broadcasts:bubble"), written(workspace, file_kept=kept)))
    gone = body(manager.post(reverse("broadcasts:attach"), written(workspace, file_kept=kept, drop_file="1")))
    assert "<img" not in gone


def test_attach_reports_a_channel_without_files_at_once(
    workspace: Workspace, manager: Client, texts_only: None
) -> None:
    assert "hanya bisa mengirim teks" in body(
        manager.post(reverse("broadcasts:attach"), written(workspace, file=upload()))
    )


def test_a_file_of_another_workspace_cannot_be_attached(workspace: Workspace, manager: Client) -> None:
    other = make_workspace("Lain")
    foreign = make_media(other)
    for kept in (
        str(foreign.pk),
        "x:y:z",
        signing.dumps([other.pk, foreign.pk], salt="broadcasts.media"),
        signing.dumps([workspace.pk, foreign.pk], salt="broadcasts.media"),
    ):
        manager.post(reverse("broadcasts:new"), written(workspace, file_kept=kept))
    assert Broadcast.objects.count() == 4
    assert not Broadcast.objects.exclude(media=None).exists()


def test_copying_keeps_the_picture(workspace: Workspace) -> None:
    broadcast = make_broadcast(workspace, media=make_media(workspace))
    assert services.copy_broadcast(broadcast=broadcast).media_id == broadcast.media_id


def test_a_draft_whose_number_no_longer_carries_files_says_so_and_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_agreeing(workspace)
    broadcast = make_broadcast(workspace, media=make_media(workspace))
    services.start(broadcast=broadcast)
    small = Capabilities(
        max_messages_per_minute=1000, max_daily_cap=1000, media={"image": MediaLimit(("image/jpeg",), 10)}
    )
    monkeypatch.setattr(SimulatorProvider, "capabilities", small)
    found = services.freeze(broadcast_id=broadcast.pk)
    assert found.state == "draft"
    assert "MB" in found.problem


# Sending


def test_broadcast_with_a_picture_reaches_every_phone_and_is_stored_once(workspace: Workspace) -> None:
    people = make_agreeing(workspace, 3)
    media = make_media(workspace)
    broadcast = make_broadcast(workspace, media=media)
    services.start(broadcast=broadcast)
    services.freeze(broadcast_id=broadcast.pk)
    assert work_lane_once(broadcast.channel) == 3
    assert SimulatedDelivery.objects.exclude(file_key="").count() == 3
    assert bytes(SimulatedFile.objects.get().data) == media_bytes(workspace, media.pk)
    assert Message.objects.filter(state="sent").count() == 3
    [line] = phones.screen(broadcast.channel, phone_of(people[0]))
    assert line.file is not None
    assert line.file.kind == "image"
    assert "Halo Ayu 0" in line.text

    owner = signed_in(workspace)
    phone = phone_of(people[0])
    phones.take(channel=broadcast.channel, phone=phone)
    page = body(owner.get(reverse("channels:phone", args=[broadcast.channel_id, phone.removeprefix("+")])))
    [address] = re.findall(r'<img src="([^"]+/files/[^"]+)"', page)
    file = owner.get(address)
    assert file.content == media_bytes(workspace, media.pk)
    assert file["Content-Type"] == "image/jpeg"
    assert owner.get(address.replace("out-", "in-")).status_code == 404

    shown = f'src="{reverse("media:file", args=[media.pk])}"'
    assert shown in body(owner.get(reverse("broadcasts:detail", args=[broadcast.pk])))
    assert shown in body(owner.get(reverse("messaging:conversation", args=[people[0].pk])))


def test_trial_carries_the_picture(workspace: Workspace) -> None:
    broadcast = make_broadcast(workspace, media=make_media(workspace))
    services.send_test(broadcast=broadcast, phone="+628123450001", text="Halo Kak")
    work_lane_once(broadcast.channel)
    assert SimulatedDelivery.objects.get().file_key


def test_save_draft_refuses_files_of_another_workspace(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="another workspace"):
        make_broadcast(workspace, media=make_media(make_workspace("Lain")))


def test_a_number_that_cannot_carry_a_document_refuses_the_draft(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = Capabilities(
        max_messages_per_minute=1000, max_daily_cap=1000, media={"image": MediaLimit(("image/jpeg",), 10_000_000)}
    )
    monkeypatch.setattr(SimulatorProvider, "capabilities", pictures)
    with pytest.raises(DomainError, match="PDF") as refused:
        make_broadcast(workspace, make_channel(workspace), media=make_media(workspace, PDF_BYTES, "harga.pdf"))
    assert refused.value.code == "kind_not_carried"
