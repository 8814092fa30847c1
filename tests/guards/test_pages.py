"""Indonesian pages show no placeholder, no key and no English word."""

import re
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from tests.guards.pages import Shown, furnished, pages
from wabolt.accounts.tests.factories import signed_in
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.consent.words import _EVIDENCE
from wabolt.contacts.models import Contact

pytestmark = pytest.mark.django_db

PLACEHOLDER = re.compile(r"%[sdif](?![\w])|%\(\w+\)|%%|\{[a-z_]*\}|\{%|msgid|None\b|&amp;|&lt;")
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|you|this|that|from|for|are|was|were|has|have|been|not|will|can|cannot|yet|all|any|"
    r"nothing|nobody|everybody|save|cancel|delete|edit|search|next|previous|back|name|phone|choose|please|"
    r"contacts?|message|messages|today|yesterday|days?|hours?|minutes?)\b",
    re.IGNORECASE,
)
ZONE = re.compile(r"^[A-Z][a-z]+/")
"""Time zones keep the names of the time zone database."""
NOT_SHOWN = {"script", "style", "svg", "template", "code", "kbd", "pre", "textarea"}
READ_OUT = ("aria-label", "placeholder", "title", "alt")


class Words(HTMLParser):
    """The visible and spoken words of a page, without code and without text that is marked as another language."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.skipping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in NOT_SHOWN or given.get("translate") == "no" or (self.skipping and tag == self.skipping[-1]):
            self.skipping.append(tag)
        if not self.skipping:
            self.found += [given[name] or "" for name in READ_OUT if name in given]
            if tag == "input" and given.get("type") == "submit":
                self.found.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.skipping and tag == self.skipping[-1]:
            self.skipping.pop()

    def handle_data(self, data: str) -> None:
        if not self.skipping and data.strip():
            self.found.append(" ".join(data.split()))


def words(html: str) -> list[str]:
    """The text that `html` displays and that a screen reader reads."""
    parser = Words()
    parser.feed(html)
    return parser.found


@pytest.fixture(scope="module")
def shown(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[Shown]:
    """Every page, requested once for all tests of this file. The shop is rolled back."""
    outer = transaction.atomic()
    outer._from_testcase = True  # as in django.test.TestCase: durable transactions may be inside
    with django_db_blocker.unblock(), outer:
        workspace = furnished()
        found = pages(signed_in(workspace), workspace)
        transaction.set_rollback(True)
    return found


def test_no_page_shows_what_is_meant_for_programs(shown: list[Shown]) -> None:
    assert len(shown) > 50
    raw = {(page.name, text) for page in shown for text in words(page.html) if PLACEHOLDER.search(text)}
    assert not raw, sorted(raw)


def test_no_page_shows_english(shown: list[Shown]) -> None:
    english = {
        (page.name, text)
        for page in shown
        for text in words(page.html)
        if ENGLISH.search(text) and not ZONE.match(text)
    }
    assert not english, sorted(english)


RAW = re.compile(
    r"(?<!\w)#\d+(?!\w)|(?<![\w.@/-])[a-z]+_[a-z_]+\b(?!\.)|\b(?:True|False)\b|\b(?:channel|message|offer) \d"
)
"""Ids of rows, keys and codes of the database. An address of a page may hold them, and code (`<code>`) is not read."""


def test_no_page_shows_ids_or_codes(db: None) -> None:
    """Also where a proof of permission refers to rows of every kind, existing or not."""
    workspace = furnished()
    contact = Contact.objects.filter(workspace=workspace).order_by("-pk")[0]
    for key in (*_EVIDENCE, "form"):
        for value in (contact.pk, 999_999, True):
            statement = ConsentStatement("marketing", "entry_point", evidence={key: value, "channel": value})
            grant(workspace=workspace, contact_ids=[contact.pk], statement=statement)
            withdraw(workspace=workspace, contact_ids=[contact.pk], statement=statement)
    sources = ("entry_point", "whatsapp", "order", "import", "demo")
    for contact, source in zip(Contact.objects.filter(workspace=workspace), sources, strict=False):
        Contact.objects.filter(pk=contact.pk).update(source=source)
    client = signed_in(workspace)
    shown = pages(client, workspace)
    shown += [
        Shown(address, address, client.get(address).content.decode())
        for address in (
            reverse("consent:proof", args=[contact.pk]),
            *(f"{reverse('contacts:list')}?source={source}" for source in sources),
        )
    ]
    raw = {(page.name, text) for page in shown for text in words(page.html) if RAW.search(text)}
    assert not raw, sorted(raw)


def test_words_are_seen_by_this_guard() -> None:
    html = '<p title="%s file">Ayu {name}</p><script>{x}</script><code>the</code><b translate="no">the<b>x</b></b>.'
    assert words(html) == ["%s file", "Ayu {name}", "."]
