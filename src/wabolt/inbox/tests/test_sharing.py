"""A text or file shared on a phone goes into a chat or a broadcast; a request of another site does not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.inbox.queries import conversation_page
from wabolt.inbox.tests.test_pages import write
from wabolt.media.models import MediaFile
from wabolt.media.tests.factories import picture_bytes
from wabolt.messaging.models import Message
from wabolt.messaging.queries import media_of
from wabolt.segments.models import Segment

pytestmark = pytest.mark.django_db
SHARE, CHOICE = "/share/", "/share/to/"
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
    assert answer["Location"] == CHOICE
    choice = client.get(CHOICE)
    assert "toko.jpg" in choice.content.decode()
    page = client.get(choice.context["broadcast_url"])
    form = page.context["form"]
    assert form["text"].value() == "Baju\nBaju baru"
    assert form.attached == MediaFile.objects.get()
    assert f'name="{form.kept_name}"' in page.content.decode()
    assert not Broadcast.objects.exists()
    assert client.get("/broadcasts/new/").context["form"].attached is None


def test_a_photo_goes_into_a_chat() -> None:
    """The conversation begins with the shared text and file; the reply carries both, once."""
    client = client_of("agent")
    workspace = Workspace.objects.get()
    channel = make_channel(workspace)
    write(channel, "Ayu", 1, "Ada foto bajunya?")
    [row] = conversation_page(workspace).conversations
    client.post(SHARE, {"text": "Ini ya, Kak", "file": photo()}, **SHEET)
    choice = client.get(CHOICE)
    assert choice.context["broadcast_url"] == "", "an agent sends no broadcasts"
    chat = f"{reverse('inbox:conversation', args=[row.conversation_id])}?shared=1"
    assert chat in choice.content.decode()
    page = client.get(chat).content.decode()
    assert "Ini ya, Kak</textarea>" in page
    kept = page.partition('name="media_kept" value="')[2].partition('"')[0]
    token = client.cookies["csrftoken"].value
    answers = {"text": "Ini ya, Kak", "media_kept": kept, "form_key": "1", "csrfmiddlewaretoken": token}
    client.post(reverse("messaging:conversation", args=[row.contact_id]), answers)
    sent = Message.objects.get(direction="outbound", contact=Contact.objects.get(pk=row.contact_id))
    assert (sent.text, media_of(sent)) == ("Ini ya, Kak", MediaFile.objects.get())
    assert "media_kept" not in client.get(chat).content.decode(), "it was taken over"
    assert client.get(CHOICE)["Location"] == reverse("inbox:list")


def test_the_choice_finds_a_person() -> None:
    client = client_of()
    workspace = Workspace.objects.get()
    channel = make_channel(workspace)
    write(channel, "Ayu", 11111111, "Halo")
    write(channel, "Budi", 22222222, "Halo juga")
    client.post(SHARE, {"text": "Baju"}, **SHEET)
    found = client.get(CHOICE, {"q": "budi"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="found")
    assert [row.name for row in found.context["conversations"]] == ["Budi"]


@each("headers", [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}, {}], undone=True)
def test_another_site_cannot_share(headers: dict[str, str]) -> None:
    client = client_of()
    assert client.post(SHARE, {"text": "Baju", "file": photo()}, **headers).status_code == 403
    assert not MediaFile.objects.exists()
    assert "shared" not in client.session


def test_a_file_that_cannot_be_sent_is_refused_with_the_reason_and_the_text_is_kept() -> None:
    client = client_of()
    answer = client.post(SHARE, {"text": "Baju", "file": photo("virus.exe", b"MZ\x00" * 40)}, **SHEET, follow=True)
    assert (answer.context["text"], answer.context["file"]) == ("Baju", None)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_a_visitor_is_asked_to_sign_in_and_a_viewer_may_not() -> None:
    assert Client().post(SHARE, {"text": "Baju"}, **SHEET)["Location"] == f"/account/login/?next={SHARE}"
    assert client_of("viewer").post(SHARE, {"text": "Baju"}, **SHEET).status_code == 403


def test_after_the_sign_in_the_page_says_that_it_has_to_be_shared_again() -> None:
    answer = client_of().get(SHARE, follow=True)
    assert answer.redirect_chain == [("/inbox/", 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]


def test_what_was_shared_stays_in_its_shop() -> None:
    client = client_of()
    client.post(SHARE, {"text": "Baju", "file": photo()}, **SHEET)
    session = client.session
    session["shared"]["workspace"] += 1
    session.save()
    assert client.get(CHOICE)["Location"] == "/inbox/"
    form = client.get("/broadcasts/new/?shared=1").context["form"]
    assert form.attached is None
    assert not form["text"].value()
