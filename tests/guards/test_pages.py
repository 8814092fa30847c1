"""Every page of a shop, asked several questions: no placeholder, no key and no English word is shown, no address comes
from the request, a form that edits something has a version, and the browser keeps what was promised."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from tests.guards.pages import Shown, answers, furnished
from tests.guards.test_audit_of_actions import WITHOUT_ENTRY
from tests.guards.test_two_tabs import Forms
from tests.guards.two_tabs import DRAFTS, REFUSED, UNTRIED, Saves, saves_of
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import signed_in
from wabolt.alerts.models import MailServer
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.consent.words import _EVIDENCE
from wabolt.contacts.models import Contact
from wabolt.ui.time_zones import zones_abroad

pytestmark = pytest.mark.django_db

PLACEHOLDER = re.compile(r"%[sdif](?![\w])|%\(\w+\)|%%|\{[a-z_]*\}|\{%|msgid|None\b|&amp;|&lt;")
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|you|this|that|from|for|are|was|were|has|have|been|not|will|can|cannot|yet|all|any|"
    r"nothing|nobody|everybody|save|cancel|delete|edit|search|next|previous|back|name|phone|choose|please|"
    r"contacts?|message|messages|today|yesterday|days?|hours?|minutes?)\b",
    re.IGNORECASE,
)
ZONES = {str(label) for _region, zones in zones_abroad() for _name, label in zones}
"""Time zones keep the names of the time zone database."""
RAW = re.compile(
    r"(?<!\w)#\d+(?!\w)|(?<![\w.@/-])[a-z]+_[a-z_]+\b(?!\.)|\b(?:True|False)\b|\b(?:channel|message|offer) \d"
)
"""Ids of rows, keys and codes of the database. An address of a page may hold them, and code (`<code>`) is not read."""
FORGED = "penipu.example"
FORGED_HEADERS = {
    "HTTP_HOST": FORGED,
    "HTTP_X_FORWARDED_HOST": FORGED,
    "HTTP_FORWARDED": f"host={FORGED}",
    "HTTP_X_ORIGINAL_HOST": FORGED,
    "HTTP_X_FORWARDED_SERVER": FORGED,
    "SERVER_NAME": FORGED,
}
SOURCES = ("entry_point", "whatsapp", "order", "import", "demo")
KEPT_OFFLINE = {
    "analytics:home", "contacts:list", "contacts:detail", "inbox:list", "inbox:conversation", "messaging:conversation",
    "broadcasts:list", "broadcasts:detail",
}  # fmt: skip
NO_VERSION = {
    "accounts:team": "a role is one value, and the select shows the change at once",
    "broadcasts:check": "its forms start, schedule or test; the service refuses a wrong state",
    "broadcasts:detail": "its forms pause, resume or cancel; the service refuses a wrong state",
    "consent:grant": "writes down something new",
    "consent:wordings": "a save adds a version and changes none",
    "contacts:tags": "a label has only its name",
    "journeys:recipe": "makes something new",
    "messaging:template_new": "makes something new",
    "privacy:breach_new": "makes something new",
    "imports:columns": "the mapping of an upload that one member works on",
}
"""{route: the reason why its filled forms need no version}."""
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


@dataclass(slots=True)
class Walk:
    """Every page and its parts, and two saves of each page that edits something (`two_tabs`)."""

    shown: list[Shown] = field(default_factory=list)
    saves: dict[str, Saves | None] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Walk:
    """One walk over all pages for all tests of this file. The shop is rolled back.

    The requests name another host, and the installation answers every name, which is the worst case.
    """
    outer = transaction.atomic()
    outer._from_testcase = True  # as in django.test.TestCase: durable transactions may be inside
    with django_db_blocker.unblock(), outer, override_settings(ALLOWED_HOSTS=["*"]):
        workspace = furnished()
        MailServer.objects.create(workspace=workspace, host="surat.example", sender="toko@surat.example")
        contact, walked = _add_proofs(workspace), Walk()
        client = signed_in(workspace)
        client.defaults.update(FORGED_HEADERS)
        found = answers(client, workspace, between=lambda pages: walked.saves.update(saves_of(client, pages)))
        lists = (f"{reverse('contacts:list')}?source={source}" for source in SOURCES)
        for address in (reverse("consent:proof", args=[contact.pk]), *lists):
            found.append(Shown(address, address, client.get(address).content.decode()))
        transaction.set_rollback(True)
    walked.shown = found
    return walked


@pytest.fixture(scope="module")
def shown(walk: Walk) -> list[Shown]:
    return walk.shown


def _add_proofs(workspace: Workspace) -> Contact:
    """Adds contacts of each source, and proofs of permission that refer to rows of every kind, existing or not. Returns
    the contact with the proofs."""
    contact = Contact.objects.filter(workspace=workspace).latest("pk")
    for key in (*_EVIDENCE, "form"):
        for value in (contact.pk, 999_999, True):
            statement = ConsentStatement("marketing", "entry_point", evidence={key: value, "channel": value})
            grant(workspace=workspace, contact_ids=[contact.pk], statement=statement)
            withdraw(workspace=workspace, contact_ids=[contact.pk], statement=statement)
    for other, source in zip(Contact.objects.filter(workspace=workspace), SOURCES, strict=False):
        Contact.objects.filter(pk=other.pk).update(source=source)
    return contact


@pytest.fixture(scope="module")
def texts(shown: list[Shown]) -> dict[str, set[str]]:
    """{text: the pages that show it}."""
    found: dict[str, set[str]] = defaultdict(set)
    for page in shown:
        for text in words(page.html):
            found[text].add(f"{page.name} refused" if page.is_refused else page.name)
    return found


def test_all_pages_are_shown(shown: list[Shown]) -> None:
    whole = [page for page in shown if page.is_whole]
    assert len([page for page in whole if page.is_refused]) > 30
    assert len([page for page in whole if not page.is_refused]) > 120


def _shown_like(pattern: re.Pattern[str], texts: dict[str, set[str]]) -> list[tuple[str, list[str]]]:
    return [(text, sorted(pages)) for text, pages in texts.items() if pattern.search(text)]


def test_no_page_shows_what_is_meant_for_programs(texts: dict[str, set[str]]) -> None:
    assert not _shown_like(PLACEHOLDER, texts)


def test_no_page_shows_english(texts: dict[str, set[str]]) -> None:
    assert not [one for one in _shown_like(ENGLISH, texts) if one[0] not in ZONES]


def test_no_page_shows_ids_or_codes(texts: dict[str, set[str]]) -> None:
    assert not _shown_like(RAW, texts)


def test_no_page_shows_the_host_of_the_request(shown: list[Shown]) -> None:
    assert not [page.name for page in shown if FORGED in page.html]


def test_pages_that_are_kept_offline_are_those_that_are_promised(shown: list[Shown]) -> None:
    """The page "More" promises which pages can be read without a connection: these and no others are kept."""
    assert {page.route for page in shown if page.is_kept and ":" in page.route} == KEPT_OFFLINE
    [more] = [page.html for page in shown if page.route == "ui:more" and not page.is_refused]
    for word in ("Beranda", "kontak", "obrolan", "broadcast"):
        assert word in more.split('data-install-way="prompt"')[1].split("</p>")[0]


def test_every_filled_form_has_a_version(shown: list[Shown]) -> None:
    """A form that shows stored values in text fields edits an existing object, so it carries a version."""
    missing = set()
    for page in shown:
        if page.status == 200 and not page.is_refused:
            found = Forms(page.html)
            for (_action, values), typed in zip(found.forms, found.typed, strict=True):
                if typed and "version" not in values:
                    missing.add(page.route)
    assert missing <= set(NO_VERSION), missing - set(NO_VERSION)


def test_every_page_with_a_version_refuses_the_later_save(walk: Walk) -> None:
    """The first save leaves an audit entry."""
    tried = {route: saves for route, saves in walk.saves.items() if saves is not None}
    assert len(walk.saves) > 25
    wrong = {route: one.status for route, one in tried.items() if one.status != 422 or REFUSED not in one.page}
    assert not wrong
    assert set(walk.saves) - set(tried) == set(UNTRIED)
    assert {route for route, one in tried.items() if not one.actions} <= set(WITHOUT_ENTRY) | DRAFTS


def test_words_are_seen_by_this_guard() -> None:
    html = '<p title="%s file">Ayu {name}</p><script>{x}</script><code>the</code><b translate="no">the<b>x</b></b>.'
    assert words(html) == ["%s file", "Ayu {name}", "."]
