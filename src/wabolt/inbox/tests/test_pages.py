"""The inbox: order, search, pages, and one conversation."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator import phones
from wabolt.channels.registry import get_provider
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import add_keyword
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.contacts.services import erase_contacts
from wabolt.contacts.tests.factories import make_contact, make_contacts
from wabolt.inbox import queries
from wabolt.lib import clock
from wabolt.lib.keyset import Cursor, cursor_of
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.services import Reply, mark_answered, mark_read, queue_reply
from wabolt.messaging.tests.factories import make_people, queue_promotion
from wabolt.ui.filters import phone

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 27, 5, tzinfo=UTC)
URL = "inbox:list"


def write(channel: Channel, name: str, digits: int, text: str) -> Contact:
    """Lets a contact with this name write to the shop."""
    return write_each(channel, (name, digits, text))[0]


def write_each(channel: Channel, *written: tuple[str, int, str]) -> list[Contact]:
    """As `write` for several, whose messages arrive together."""
    people = []
    for name, digits, text in written:
        phone = f"+62877{digits:08}"
        known = Contact.objects.filter(workspace=channel.workspace, name=name).first()
        people.append(known or make_contact(channel.workspace, name, phone))
        phones.write(channel=channel, phone=phone, text=text)
    get_provider(channel).collect(1000)
    process_raw_events(channel)
    return people


def write_together(channel: Channel, number: int) -> None:
    """So many new contacts, "Orang 0" and so on, write to the shop in this order."""
    write_each(channel, *((f"Orang {digits}", digits, "halo") for digits in range(number)))


def names(page: queries.ConversationPage) -> list[str]:
    return [row.name for row in page.conversations]


def body(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(reverse(URL) + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_newest_customer_message_comes_first(workspace: Workspace, channel: Channel) -> None:
    with clock.hold(NOON) as now:
        write(channel, "Ayu", 1, "Masih ada?")
        now.move(minutes=1)
        budi = write(channel, "Budi", 2, "Bisa COD?")
        now.move(minutes=1)
        write(channel, "Ayu", 1, "Kak?")
        queue_promotion(channel, make_people(workspace, 2))
        queue_reply(workspace=workspace, contact=budi, reply=Reply(text="Bisa, Kak.", author=make_member(workspace)))
        now.move(minutes=1)
        while work_lane_once(channel):
            now.move(minutes=1)
    page = queries.conversation_page(workspace)
    assert names(page) == ["Ayu", "Budi"]
    assert [row.unread for row in page.conversations] == [2, 0], "who was answered was read"
    assert [row.last_author for row in page.conversations] == ["customer", "member"]
    assert page.conversations[1].last_text == "Bisa, Kak."
    assert page.older is None


def test_conversation_waits_until_a_member_answers(workspace: Workspace, channel: Channel, agent: Client) -> None:
    """Opening a conversation does not answer it."""
    ayu, budi, _citra = write_each(
        channel, ("Ayu", 1, "Masih ada?"), ("Budi", 2, "Bisa COD?"), ("Citra", 3, "Makasih, Kak")
    )
    assert queries.count_waiting(workspace) == 3
    assert "Tandai selesai" in agent.get(conversation_url(ayu)).content.decode()
    mark_read(workspace=workspace, contact=ayu)
    assert queries.count_waiting(workspace) == 3
    assert Conversation.objects.get(contact=ayu).unread == 0
    reply = Reply(text="Ada, Kak.", author=make_member(workspace))
    queue_reply(workspace=workspace, contact=ayu, reply=reply)
    assert names(queries.conversation_page(workspace, waiting=True)) == ["Citra", "Budi"]
    assert "Tandai selesai" not in agent.get(conversation_url(ayu)).content.decode()
    done = agent.post(f"{conversation_url(budi)}done/?show=waiting")
    assert done["Location"] == f"{reverse(URL)}?show=waiting"
    assert names(queries.conversation_page(workspace, waiting=True)) == ["Citra"]
    write(channel, "Budi", 2, "Kak?")
    assert names(queries.conversation_page(workspace, waiting=True)) == ["Budi", "Citra"]


def test_only_an_agent_marks_as_done(channel: Channel) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    viewer = signed_in(channel.workspace, "viewer")
    assert "Tandai selesai" not in viewer.get(conversation_url(ayu)).content.decode()
    assert viewer.post(f"{conversation_url(ayu)}done/").status_code == 403
    stranger = signed_in(make_channel().workspace, "agent")
    assert stranger.post(f"{conversation_url(ayu)}done/").status_code == 404
    assert Conversation.objects.get().unanswered == 1


def test_pages_list_every_conversation_once_at_equal_times(workspace: Workspace, channel: Channel) -> None:
    with clock.hold(NOON):
        write_together(channel, 7)
    found: list[str] = []
    behind: Cursor | None = None
    while True:
        page = queries.conversation_page(workspace, behind=behind, limit=3)
        found += names(page)
        if page.older is None:
            break
        behind = cursor_of(str(page.older))
        assert behind == page.older
    assert sorted(found) == sorted(f"Orang {digits}" for digits in range(7))


@given(st.text() | st.from_regex(r"[0-9]{1,20}\.[0-9]{1,20}", fullmatch=True))
def test_any_text_is_a_place_or_none(text: str) -> None:
    cursor = cursor_of(text)
    assert cursor is None or cursor_of(str(cursor)) == cursor


def test_other_shops_and_erased_contacts_are_excluded(workspace: Workspace, channel: Channel, agent: Client) -> None:
    write(make_channel(), "Citra dari toko lain", 3, "halo")
    gone = write(channel, "Dewi", 4, "Kak?")
    assert queries.count_waiting(workspace) == 1
    erase_contacts(workspace=workspace, ids=[gone.pk])
    page = body(agent)
    assert "Belum ada yang menulis" in page
    Conversation.objects.update(unanswered=1)  # as erasures left it before
    assert (queries.count_waiting(workspace), queries.longest_waiting(workspace)) == (0, None)
    assert "Citra" not in page


def test_page_shows_words_as_text_and_leads_to_the_conversation(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "<b>Ayu</b>", 1, "<script>alert(1)</script>")
    page = body(agent)
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;Ayu" in page
    assert reverse("inbox:conversation", args=[Conversation.objects.get(contact=ayu).pk]) in page
    assert "1 pesan belum dibaca" in page


def test_a_customer_without_a_name_is_called_by_the_number(channel: Channel, agent: Client) -> None:
    customer = write(channel, "", 1, "Halo")
    conversation = agent.get(conversation_url(customer)).content.decode()
    number = phone(phone_of(customer))
    assert number.startswith("+62 8")
    assert number in body(agent).split("<main", 1)[1]
    assert number in conversation.split("<h1", 1)[1].split("</h1>", 1)[0]


def test_search_finds_names_and_numbers(channel: Channel, agent: Client) -> None:
    write_each(channel, ("Ayu", 1, "halo"), ("Budi", 2, "halo"))
    assert "Budi" not in body(agent, "?q=ayu")
    assert not re.search(r"\bAyu\b", body(agent, "?q=0877-0000-0002"))  # a CSRF token may hold the letters
    assert "Tidak ketemu" in body(agent, "?q=zzz&show=waiting")


def test_search_finds_old_conversations(
    channel: Channel, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        queries,
        "_FOUND_AMONG_NEWEST",
        queries._FOUND_AMONG_NEWEST.replace(f"LIMIT {queries.SEARCHED_FIRST}", "LIMIT 2"),
    )
    write_together(channel, 4)
    assert names(queries.conversation_page(workspace, words="orang", limit=1)) == ["Orang 3"]
    assert names(queries.conversation_page(workspace, words="orang 0")) == ["Orang 0"]
    assert names(queries.conversation_page(workspace, words="orang")) == [f"Orang {digits}" for digits in (3, 2, 1, 0)]


def test_page_opens_for_any_address(channel: Channel, agent: Client) -> None:
    write(channel, "Ayu", 1, "halo")
    for query in ("?behind=x", "?behind=9999999999999999.1", "?q=%00", "?show=all", "?behind=-1.5"):
        body(agent, query)


def test_poll_of_the_same_list_is_answered_with_304(channel: Channel, agent: Client) -> None:
    with clock.hold(NOON):
        write(channel, "Ayu", 1, "halo")
        headers = {"HX-Request": "true", "HX-Target": "conversations"}
        first = agent.get(reverse(URL), headers=headers)
        assert "<html" not in first.content.decode()
        again = agent.get(reverse(URL), headers={**headers, "If-None-Match": first["ETag"]})
        assert again.status_code == 304
        write(channel, "Budi", 2, "halo")
        assert agent.get(reverse(URL), headers={**headers, "If-None-Match": first["ETag"]}).status_code == 200


def test_older_pages_do_not_ask_again_and_newer_ones_do(channel: Channel, agent: Client) -> None:
    write(channel, "Ayu", 1, "halo")
    later = Cursor(clock.now() + timedelta(days=1), 1)
    assert "every 3s" in body(agent)
    assert "every 3s" not in body(agent, f"?behind={later}")


def test_page_takes_the_same_queries_for_one_and_three(channel: Channel, agent: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            body(agent)
        return len(captured)

    write(channel, "Ayu", 1, "halo")
    one = asked()
    write_each(channel, ("Budi", 2, "halo"), ("Citra", 3, "halo"))
    assert asked() == one


def test_dashboard_lists_conversations_that_wait(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada ukuran L?")
    page = agent.get(reverse("analytics:home")).content.decode()
    assert "Masih ada ukuran L?" in page
    assert f"{reverse(URL)}?show=waiting" in page
    mark_answered(workspace=channel.workspace, contact=ayu)
    assert "Masih ada ukuran L?" not in agent.get(reverse("analytics:home")).content.decode()


def test_waiting_count_is_on_every_page_up_to_99(channel: Channel, agent: Client) -> None:
    assert "wb-nav-count" not in agent.get(reverse("contacts:list")).content.decode()
    ayu = write(channel, "Ayu", 1, "halo")
    assert "wb-nav-count" in agent.get(reverse("contacts:list")).content.decode()
    people = make_contacts(channel.workspace, [f"Orang {number}" for number in range(100)])
    Conversation.objects.bulk_create(
        Conversation(workspace=channel.workspace, channel=channel, contact=one, unanswered=1, last_inbound_at=NOON)
        for one in people
    )
    assert ">99+</b>" in agent.get(reverse("contacts:detail", args=[ayu.pk])).content.decode()


# One conversation


def conversation_url(contact: Contact) -> str:
    return reverse("inbox:conversation", args=[Conversation.objects.get(contact=contact).pk])


def test_way_back_leads_to_the_same_place_of_the_list(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    listed = body(agent, "?show=waiting&q=ayu")
    address = re.search(rf'href="({conversation_url(ayu)}[^"]*)"', listed)
    assert address
    page = agent.get(html.unescape(address[1])).content.decode()
    assert f'href="{reverse(URL)}?show=waiting&amp;q=ayu#conversation-{Conversation.objects.get().pk}"' in page
    assert "Masih ada?" in page
    assert Conversation.objects.get().unread == 0


def test_reply_without_scripts_stays_in_the_inbox(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    address = conversation_url(ayu) + "?show=waiting"
    where = re.search(r'name="next" value="([^"]*)"', agent.get(address).content.decode())
    assert where
    reply = {"text": "Ada, Kak.", "next": html.unescape(where[1])}
    answer = agent.post(reverse("messaging:conversation", args=[ayu.pk]), reply)
    assert answer["Location"] == address


OTHERS = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", "\x00")


def test_reply_redirects_to_own_pages_only(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    for address in OTHERS:
        answer = agent.post(reverse("messaging:conversation", args=[ayu.pk]), {"text": "Ada", "next": address})
        assert answer["Location"].startswith("/contacts/"), address


def test_viewer_reads_without_marking_as_read(channel: Channel) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    assert signed_in(channel.workspace, "viewer").get(conversation_url(ayu)).status_code == 200
    assert Conversation.objects.get().unread == 1


def test_automatic_reply_is_named_and_a_stop_is_not_unread(channel: Channel, agent: Client) -> None:
    """The phone's clock runs ahead of ours: the order of storage decides which message is the newest."""
    with clock.hold(NOON) as now:
        ayu = write(channel, "Ayu", 1, "STOP")
        Message.objects.filter(contact=ayu).update(created_at=NOON + timedelta(minutes=5))
        Conversation.objects.update(last_inbound_at=NOON + timedelta(minutes=5))
        now.move(minutes=1)
        while work_lane_once(channel):
            now.move(minutes=1)
    [row] = queries.conversation_page(channel.workspace).conversations
    assert (row.last_author, row.unread) == ("automatic", 0)
    assert "Balasan otomatis: " in body(agent)
    assert queries.count_waiting(channel.workspace) == 0
    page = agent.get(conversation_url(ayu)).content.decode()
    assert '<span class="wb-bubble-sender">Balasan otomatis: promo berhenti</span>' in page


def test_only_questions_wait(channel: Channel) -> None:
    add_keyword(workspace=channel.workspace, action="start", word="JOIN")
    cases = (
        (("STOP",), 0),
        (("STOP", "JOIN"), 0),
        (("Masih ada?", "STOP"), 1),
        (("STOP", "Masih ada?"), 1),
        (("STOP", "Masih ada?", "JOIN"), 1),
    )
    for turn in range(3):
        said = [(number, words[turn]) for number, (words, _unread) in enumerate(cases) if len(words) > turn]
        write_each(channel, *((f"Orang {number}", number, text) for number, text in said))
    for number, (words, unread) in enumerate(cases):
        assert Conversation.objects.get(contact__name=f"Orang {number}").unread == unread, words
    assert queries.count_waiting(channel.workspace) == sum(unread for _words, unread in cases)


def test_broadcast_is_named_in_the_list(channel: Channel, agent: Client) -> None:
    with clock.hold(NOON) as now:
        ayu = write(channel, "Ayu", 1, "halo")
        give_consent(channel.workspace, [ayu.pk])
        queue_promotion(channel, [ayu])
        now.move(minutes=1)
        while work_lane_once(channel):
            now.move(minutes=1)
    assert [row.last_author for row in queries.conversation_page(channel.workspace).conversations] == ["broadcast"]
    assert "Broadcast: " in body(agent)


def test_row_says_that_the_customer_may_want_to_stop(channel: Channel, agent: Client) -> None:
    """Promotions to that customer wait for a decision, so the list has to show it."""
    ayu = write(channel, "Ayu", 1, "Halo kak")
    give_consent(channel.workspace, [ayu.pk])
    write(channel, "Ayu", 1, "Stop dulu ya kak, mau tanya ongkir ke Solo")
    write(channel, "Budi", 2, "Halo kak")
    rows = queries.conversation_page(channel.workspace).conversations
    assert {row.name: row.may_want_to_stop for row in rows} == {"Ayu": True, "Budi": False}
    assert body(agent).count("Mungkin minta berhenti") == 1


def test_page_is_asked_for_again_by_the_browsers_back(channel: Channel, agent: Client) -> None:
    """A stored page would show a list that is no longer true. The open page keeps the validator of its fragments."""
    write(channel, "Ayu", 1, "Halo kak")
    page = agent.get(reverse("inbox:list"))
    assert "no-store" in page["Cache-Control"]
    assert "wb-back from:window" in page.content.decode()
    headers = {"HX-Request": "true", "HX-Target": "conversations"}
    assert agent.get(reverse("inbox:list"), headers=headers)["Cache-Control"] == "private, no-store"
