"""A text or file shared on a phone opens the composer; a request of another site does not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.media.models import MediaFile
from wabolt.media.tests.factories import picture_bytes
from wabolt.segments.models import Segment

pytestmark = pytest.mark.django_db
SHARE = "/broadcasts/share/"
SHEET = {"HTTP_SEC_FETCH_SITE": "none"}


def client_of(role: str = "owner") -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(make_workspace(), role))
    return client


def photo(name: str = "toko.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture_bytes() if data is None else data, content_type="image/jpeg")


def test_a_photo_and_a_text_open_the_composer_and_save_no_broadcast() -> None:
    client = client_of()
    workspace = Workspace.objects.get()
    make_channel(workspace)
    Segment.objects.create(workspace=workspace, name="Semua", tree={})
    answer = client.post(SHARE, {"title": "Baju", "text": "Baju baru", "url": "", "file": photo()}, **SHEET)
    assert answer["Location"] == "/broadcasts/new/?shared=1"
    page = client.get(answer["Location"])
    form = page.context["form"]
    assert form["text"].value() == "Baju\nBaju baru"
    assert form.attached == MediaFile.objects.get()
    assert 'name="media_kept"' in page.content.decode()
    assert not Broadcast.objects.exists()
    assert client.get("/broadcasts/new/").context["form"].attached is None


@pytest.mark.parametrize("headers", [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {}])
def test_another_site_cannot_share(headers: dict[str, str]) -> None:
    client = client_of()
    assert client.post(SHARE, {"text": "Baju", "file": photo()}, **headers).status_code == 403
    assert not MediaFile.objects.exists()
    assert "shared" not in client.session


def test_a_file_that_cannot_be_sent_is_refused_with_the_reason_and_the_text_is_kept() -> None:
    client = client_of()
    answer = client.post(SHARE, {"text": "Baju", "file": photo("virus.exe", b"MZ\x00" * 40)}, **SHEET, follow=True)
    assert answer.context["form"]["text"].value() == "Baju"
    assert answer.context["form"].attached is None
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_a_visitor_is_asked_to_sign_in_and_an_agent_may_not() -> None:
    assert Client().post(SHARE, {"text": "Baju"}, **SHEET)["Location"] == f"/account/login/?next={SHARE}"
    assert client_of("agent").post(SHARE, {"text": "Baju"}, **SHEET).status_code == 403


def test_after_the_sign_in_the_page_says_that_it_has_to_be_shared_again() -> None:
    answer = client_of().get(SHARE, follow=True)
    assert answer.redirect_chain == [("/broadcasts/new/", 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]


def test_what_was_shared_stays_in_its_shop() -> None:
    client = client_of()
    client.post(SHARE, {"text": "Baju", "file": photo()}, **SHEET)
    session = client.session
    session["shared"]["workspace"] += 1
    session.save()
    form = client.get("/broadcasts/new/?shared=1").context["form"]
    assert form.attached is None
    assert not form["text"].value()
