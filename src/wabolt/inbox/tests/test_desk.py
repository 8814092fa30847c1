"""The inbox on a wide screen: list, conversation and customer side by side."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.queries import phone_of
from wabolt.inbox.tests.test_pages import NOON, URL, body, conversation_url, write
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_answered
from wabolt.ui.filters import phone

pytestmark = pytest.mark.django_db


def test_conversation_is_between_the_list_and_the_customer(channel: Channel, agent: Client) -> None:
    """Without scripts too. The forms of the customer lead back to the conversation."""
    ayu, budi = write(channel, "Ayu", 1, "Masih ada?"), write(channel, "Budi", 2, "Bisa COD?")
    address = f"{conversation_url(ayu)}?show=waiting"
    page = agent.get(address).content.decode()
    assert re.search(rf'href="{conversation_url(ayu)}\?show=waiting"[^>]* aria-current="true"', page)
    assert f'href="{conversation_url(budi)}?show=waiting"' in page
    assert f'href="{conversation_url(ayu)}"' in page, "the chip of all conversations keeps this one open"
    customer = page.partition('<aside class="inbox-customer')[2].partition("</aside>")[0]
    assert phone(phone_of(ayu)) in customer
    assert "Catatan" in customer
    assert f'name="next" value="{address}"' in customer
    answer = agent.post(reverse("contacts:labels", args=[ayu.pk]), {"add": "reseller", "next": address})
    assert answer["Location"] == f"{address}#labels"
    assert "reseller" in agent.get(address).content.decode()


def test_pane_brings_the_conversation_and_marks_it_in_the_list(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    pane = agent.get(conversation_url(ayu), headers={"HX-Request": "true", "HX-Target": "pane"}).content.decode()
    assert "<html" not in pane
    assert "<title>Ayu · " in pane
    assert "Masih ada?" in pane
    assert 'id="conversations" hx-swap-oob="innerHTML"' in pane
    assert 'aria-current="true"' in pane
    assert "1 pesan belum dibaca" not in pane
    assert "hx-swap-oob" not in agent.get(conversation_url(ayu)).content.decode()


def test_list_next_to_a_conversation_keeps_its_address(channel: Channel, agent: Client) -> None:
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    opened = Conversation.objects.get(contact=ayu).pk
    headers = {"HX-Request": "true", "HX-Target": "conversations"}
    fragment = agent.get(f"{reverse(URL)}?q=ayu&open={opened}", headers=headers)
    assert fragment["HX-Push-Url"] == "false"
    assert 'aria-current="true"' in fragment.content.decode()
    assert "HX-Push-Url" not in agent.get(f"{reverse(URL)}?q=ayu", headers=headers)


def test_empty_pane_leads_to_the_longest_wait(channel: Channel, workspace: Workspace, agent: Client) -> None:
    with clock.hold(NOON) as now:
        ayu = write(channel, "Ayu", 1, "Masih ada?")
        now.move(minutes=1)
        budi = write(channel, "Budi", 2, "Bisa COD?")
    pane = body(agent).partition('id="pane"')[2]
    assert "2 pelanggan menunggu jawaban" in pane
    assert conversation_url(ayu) in pane
    for contact in (ayu, budi):
        mark_answered(workspace=workspace, contact=contact)
    assert "Semua sudah dibalas" in body(agent).partition('id="pane"')[2]


PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"


def test_a_phone_does_not_get_the_columns_that_it_cannot_show(channel: Channel, agent: Client) -> None:
    """A desk gets all three, and a part that is fetched for a desk stays whole."""
    ayu = write(channel, "Ayu", 1, "Masih ada?")
    write(channel, "Budi", 2, "Bisa COD?")
    address = conversation_url(ayu)
    agent.get(address)
    pages, statements = [], []
    for agent_words in (PHONE, PHONE.replace("Mobile ", "")):
        with CaptureQueriesContext(connection) as found:
            pages.append(agent.get(address, headers={"User-Agent": agent_words}).content.decode())
        statements.append(len(found))
    for page, is_whole in zip(pages, (False, True), strict=True):
        assert "Masih ada?" in page
        assert 'class="wb-back' in page
        assert ("Bisa COD?" in page) == ("inbox-customer" in page) == ('id="conversations"' in page) == is_whole
    assert len(pages[0]) < len(pages[1])
    assert statements[0] < statements[1] - 3
    swapped = agent.get(address, headers={"User-Agent": PHONE, "HX-Request": "true", "HX-Target": "pane"})
    assert "inbox-customer" in swapped.content.decode()
