"""Short addresses and the conversation."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Event
from wabolt.contacts.services import merge_contacts, undo_merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.media.tests.factories import PDF_BYTES, make_media
from wabolt.messaging.conversations.panels import PAGE
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.outbox.models import Click, TrackedLink
from wabolt.messaging.outbox.services.contents import create_content
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.services import Draft
from wabolt.messaging.store.models import Conversation, Message, MessageContent
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service
from wabolt.personalization.queries import link_url

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; SM-A156E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)


@pytest.fixture
def sent(channel, world):
    """A promotion with a link, as it arrived."""
    [message] = queue_promotion(channel, make_people(channel.workspace, 1), "Lihat https://gaya.example/baru?x=1")
    work_lane_once(channel)
    message.refresh_from_db()
    return message


def path_of(message):
    return "/" + next(word for word in message.text.split() if "/l/" in word).split("/", 3)[3]


def test_visit_leads_on_and_counts_once_a_visit(client, sent, held):
    for _ in range(3):
        answer = client.get(path_of(sent), HTTP_USER_AGENT=PHONE)
        assert (answer.status_code, answer["Location"]) == (302, "https://gaya.example/baru?x=1")
        assert answer["Cache-Control"] == "no-store"
    assert Click.objects.filter(is_bot=False).count() == 1
    event = Event.objects.get(kind="link_clicked")
    link = TrackedLink.objects.get()
    assert event.data == {"message": sent.pk, "broadcast": 1, "link": link.pk}
    held.move(minutes=31)
    client.get(path_of(sent), HTTP_USER_AGENT=PHONE)
    assert Click.objects.filter(is_bot=False).count() == 2


@each(
    "headers",
    [
        {"HTTP_USER_AGENT": "WhatsApp/2.25.1 A"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; facebookexternalhit/1.1)"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"HTTP_USER_AGENT": "curl/8.5"},
        {"HTTP_USER_AGENT": ""},
        {"HTTP_USER_AGENT": PHONE, "HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_USER_AGENT": PHONE, "HTTP_PURPOSE": "prefetch"},
        {"HTTP_USER_AGENT": PHONE, "HTTP_SEC_FETCH_DEST": "image"},
    ],
    undone=True,
)
def test_visit_of_a_machine_is_kept_and_not_counted(client, sent, headers):
    assert client.get(path_of(sent), **headers).status_code == 302
    assert list(Click.objects.values_list("is_bot", flat=True)) == [True]
    assert not Event.objects.filter(kind="link_clicked").exists()


def test_visit_by_head_is_no_click_and_posting_is_refused(client, sent):
    assert client.head(path_of(sent), HTTP_USER_AGENT=PHONE).status_code == 302
    assert not Click.objects.filter(is_bot=False).exists()
    assert client.post(path_of(sent), HTTP_USER_AGENT=PHONE).status_code == 405


def test_visit_of_a_made_up_token_is_not_found(client, sent):
    other = create_content(workspace=sent.workspace, text="https://evil.example")
    mixed = link_url(other.links.get().pk, sent.pk)
    unknown = link_url(TrackedLink.objects.first().pk, 10**9)
    for path in ("/l/x", "/l/" + "z" * 24, "/l/contoh", "/" + mixed.split("/", 3)[3], "/" + unknown.split("/", 3)[3]):
        assert client.get(path, HTTP_USER_AGENT=PHONE).status_code == 404
    assert client.get(path_of(sent) + "?next=https://evil.example", HTTP_USER_AGENT=PHONE)["Location"].startswith(
        "https://gaya.example/"
    )


def conversation_url(contact):
    return reverse("messaging:conversation", args=[contact.pk])


def test_conversation_shows_bubbles_with_their_ticks_and_escapes_everything(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    queue_service(channel, [ayu], text="<script>alert(1)</script> *tebal*")
    work_lane_once(channel)
    queue_promotion(channel, [ayu], "Halo {{ contact.name }}")
    page = signed_in(channel.workspace).get(conversation_url(ayu)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <strong>tebal</strong>" in page
    assert "Halo Ayu 0" in page, "what waits is shown as it would be sent"
    assert "<script>alert" not in page


def test_conversation_pages_backwards_in_few_queries(channel, django_assert_num_queries):
    [ayu] = make_people(channel.workspace, 1)
    client = signed_in(channel.workspace)
    for number in range(PAGE + 5):
        queue_service(channel, [ayu], text=f"pesan nomor {number:03}")
    newest = client.get(conversation_url(ayu)).content.decode()
    assert "pesan nomor 044" in newest
    assert "pesan nomor 004" not in newest
    before = Message.objects.order_by("-pk")[PAGE - 1].pk
    older = client.get(f"{conversation_url(ayu)}?before={before}").content.decode()
    assert "pesan nomor 004" in older
    assert "pesan nomor 005" not in older
    thread = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "thread"}
    client.get(conversation_url(ayu), **thread)
    with django_assert_num_queries(5):
        fragment = client.get(conversation_url(ayu), **thread)
    assert b"csrf" not in fragment.content
    again = client.get(conversation_url(ayu), **thread, HTTP_IF_NONE_MATCH=fragment["ETag"])
    assert again.status_code == 304


def test_reply_is_queued_by_an_agent_and_not_by_a_viewer(channel):
    [ayu] = make_people(channel.workspace, 1)
    Conversation.objects.create(workspace=channel.workspace, channel=channel, contact=ayu, unread=2)
    assert signed_in(channel.workspace, "viewer").post(conversation_url(ayu), {"text": "x"}).status_code == 403
    agent = signed_in(channel.workspace, "agent")
    answer = agent.post(conversation_url(ayu), {"text": "Siap, Kak", "form_key": "a"})
    assert answer["Location"].endswith(f"/contacts/{ayu.pk}/?tab=conversation")
    live = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "conversation"}
    answer = agent.post(conversation_url(ayu), {"text": "Siap, Kak", "form_key": "a"}, **live)
    assert "Siap, Kak" in answer.content.decode()
    assert Message.objects.count() == 1
    refused = agent.post(conversation_url(ayu), {"text": " "}, **live)
    assert refused.status_code == 200
    assert 'role="alert"' in refused.content.decode() or "wb-alert" in refused.content.decode()
    assert Conversation.objects.get().unread == 0


def test_opening_the_tab_of_the_contact_page_marks_as_seen(channel):
    [ayu] = make_people(channel.workspace, 1)
    Conversation.objects.create(workspace=channel.workspace, channel=channel, contact=ayu, unread=2)
    client, url = signed_in(channel.workspace), reverse("contacts:detail", args=[ayu.pk])
    assert client.get(url).status_code == 200
    assert Conversation.objects.get().unread == 2
    page = client.get(f"{url}?tab=conversation").content.decode()
    assert 'name="text"' in page
    assert Conversation.objects.get().unread == 0


def test_conversation_of_another_workspace_is_not_found(channel):
    stranger = make_contact(make_workspace("Lain"))
    client = signed_in(channel.workspace)
    assert client.get(conversation_url(stranger)).status_code == 404
    assert client.post(conversation_url(stranger), {"text": "x"}).status_code == 404


def test_queue_messages_without_contacts_does_nothing(channel):
    values = {"purpose": "service", "origin_kind": "test", "key": "k", "text": "x"}
    assert queue_messages(workspace=channel.workspace, channel=channel, contact_ids=[], draft=Draft(**values)) == []


def test_conversation_shows_what_messages_carry_and_leaves_the_bytes_where_they_are(channel, world):
    """Both ways of carrying: a message's own file, and its content's."""
    client = signed_in(channel.workspace)
    people = make_people(channel.workspace, 1)
    media = make_media(channel.workspace)
    queue_promotion(channel, people, content=create_content(workspace=channel.workspace, text="Baru", media=media))
    queue_service(channel, people, text="", media=make_media(channel.workspace, PDF_BYTES, "Nota.pdf"))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("messaging:conversation", args=[people[0].pk])).text
    assert f'src="{reverse("media:file", args=[media.pk])}"' in page
    assert "Nota.pdf" in page
    assert not [query for query in asked.captured_queries if '"data"' in query["sql"] and "mediafile" in query["sql"]]


def test_who_may_only_look_leaves_a_message_unread(channel, client):
    [ayu] = make_people(channel.workspace, 1)
    conversation = Conversation.objects.create(workspace=channel.workspace, channel=channel, contact=ayu, unread=2)
    address = reverse("messaging:conversation", args=[ayu.pk])
    for role, unread in (("viewer", 2), ("agent", 0)):
        assert signed_in(channel.workspace, role).get(address).status_code == 200
        conversation.refresh_from_db()
        assert conversation.unread == unread


def test_a_reply_loses_what_a_database_cannot_hold(channel):
    [ayu] = make_people(channel.workspace, 1)
    address = reverse("messaging:conversation", args=[ayu.pk])
    assert signed_in(channel.workspace).post(address, {"text": "Siap\x00, Kak", "form_key": "a\x00"}).status_code == 302
    assert Message.objects.get().text == "Siap, Kak"


def test_a_member_answers_with_a_file(channel, world):
    client = signed_in(channel.workspace, "agent")
    [person] = make_people(channel.workspace, 1)
    url = reverse("messaging:conversation", args=[person.pk])
    assert 'type="file"' in client.get(url).text
    file = SimpleUploadedFile("nota.pdf", PDF_BYTES, "text/html")
    client.post(url, {"text": "Ini notanya, Kak", "file": file, "form_key": "a"})
    work_lane_once(channel)
    [sent] = world.taken
    assert (sent.text, sent.media.name, sent.media.data) == ("Ini notanya, Kak", "nota.pdf", PDF_BYTES)
    bad = SimpleUploadedFile("nota.pdf", b"<html>", "application/pdf")
    page = client.post(url, {"text": "Halo", "file": bad, "form_key": "b"}, headers={"HX-Request": "true"}).text
    assert "tidak bisa dikirim" in page
    assert ">Halo</textarea>" in page
    assert Message.objects.count() == 1


def test_thread_opens_with_any_text_of_a_vendors_template(channel):
    """Its words are no Liquid of ours, and may look like broken one."""
    [ayu] = make_people(channel.workspace, 1)
    content = MessageContent.objects.create(workspace=channel.workspace, text="Diskon 50 {% hari ini, Kak")
    queue_promotion(channel, [ayu], content=content)
    page = signed_in(channel.workspace).get(reverse("messaging:conversation", args=[ayu.pk]))
    assert page.status_code == 200


@pytest.mark.django_db
def test_a_click_goes_with_its_contact_when_contacts_are_merged_and_comes_back() -> None:
    workspace = make_workspace()
    keep, absorbed = make_contact(workspace, "Ayu"), make_contact(workspace, "Ayu L.", phone="+6281200000099")
    content = MessageContent.objects.create(workspace=workspace, text="x")
    link = TrackedLink.objects.create(content=content, position=0, url="https://toko.example")
    message = Message.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=absorbed, direction="outbound", state="sent",
        origin_kind="broadcast", origin_id=1, content=content,
    )  # fmt: skip
    click = Click.objects.create(link=link, message=message, contact=absorbed)
    merge = merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=absorbed.pk, reason="member")
    click.refresh_from_db()
    assert click.contact_id == keep.pk
    undo_merge(workspace=workspace, merge_id=merge.pk)
    click.refresh_from_db()
    assert click.contact_id == absorbed.pk
