"""Two saves of each page that edits something: `test_pages.py` finds a page with a version that its view does not
compare, or compares with other values than it saves. `test_two_tabs.py` tests the whole rule on ten forms (ADR 18).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

from django.test import Client

from tests.guards.pages import Shown
from tests.guards.visits import taken_back
from wabolt.accounts.models import AuditEntry

REFUSED, VERSION = "diubah orang lain", 'name="version"'
UNTRIED = {
    "alerts:preferences": "boxes and times",
    "autoreply:form_new": "makes something new",
    "backups:places": "needs a folder or a storage that answers",
    "journeys:text": "the text has a grammar",
    "optin:afterwards": "actions with fields of their own",
    "optin:embed": "addresses of websites",
    "optin:settings": "boxes and one choice",
    "privacy:retention": "counts before it saves",
    "segments:condition": "a condition has a grammar",
}
"""{page: the reason why no change of a single text, number or choice can be saved there}."""
DRAFTS = {"broadcasts:edit"}
"""Pages that change a draft; starting it leaves an entry."""
Values = dict[str, str | list[str]]


class EditForm(HTMLParser):
    """The form of a page that carries a version: the values that a browser sends, and three other values that a person
    may choose or type for each field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.values: Values = {}
        self.others: dict[str, list[str]] = {}
        self._forms: list[tuple[str, Values, dict[str, list[str]]]] = []
        self._is_post = False
        self._select = self._textarea = ""
        self._is_multiple = False
        self.feed(page)
        for action, values, others in self._forms:
            if values.get("version"):
                self.action, self.values, self.others = action, values, others
                break

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._is_post = given.get("method", "").lower() == "post"
            if self._is_post:
                self._forms.append((given.get("action", ""), {}, {}))
        elif not self._is_post or "disabled" in given:
            return
        elif tag == "input" and name:
            self._input(given)
        elif tag == "button" and name and given.get("value") == "save":
            self._forms[-1][1][name] = "save"
        elif tag == "select":
            self._select, self._is_multiple = name, "multiple" in given
            self._forms[-1][2][name] = []
        elif tag == "option" and self._select:
            self._option(given)
        elif tag == "textarea":
            self._textarea = name
            self._forms[-1][1][name] = ""
            self._forms[-1][2][name] = ["Kata satu", "Kata dua", "Kata tiga"]

    def _input(self, given: dict[str, str]) -> None:
        _action, values, others = self._forms[-1]
        kind, name, value = given.get("type", "text"), given["name"], given.get("value", "")
        if kind in {"checkbox", "radio"}:
            if "checked" in given:
                self._add(name, given.get("value", "on"))
        elif kind not in {"file", "submit"} and name != "csrfmiddlewaretoken":  # it differs from page to page
            values[name] = value
            if kind == "number" and value.isdecimal():
                others[name] = [str(int(value) + step) for step in (1, 2, 3)]
            elif kind in {"text", "search"}:
                others[name] = ["Kata satu", "Kata dua", "Kata tiga"]

    def _option(self, given: dict[str, str]) -> None:
        _action, values, others = self._forms[-1]
        value = given.get("value", "")
        if "selected" in given or (self._select not in values and not self._is_multiple):
            if self._is_multiple:
                self._add(self._select, value)
            else:
                values[self._select] = value
        elif not self._is_multiple and value:
            others[self._select].append(value)

    def _add(self, name: str, value: str) -> None:
        values = self._forms[-1][1]
        before = values.get(name)
        values[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]

    def handle_data(self, data: str) -> None:
        if self._textarea:
            values = self._forms[-1][1]
            values[self._textarea] = f"{values[self._textarea]}{data}"

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            values = self._forms[-1][1]
            values[self._textarea] = str(values[self._textarea]).removeprefix("\n").removeprefix("\r\n")
            self._textarea = ""
        elif tag == "form":
            self._is_post = False


@dataclass(frozen=True)
class Saves:
    """The result of two tabs: the audit actions of the first save, and the answer to the second."""

    actions: frozenset[str]
    status: int
    page: str


def two_saves(client: Client, address: str, page: str) -> Saves | None:
    """Saves another value of the same field in each of two tabs that show `page`. None if no save of one field is
    accepted."""
    form = EditForm(page)
    for name, others in form.others.items():
        if len(others) < 2:
            continue
        target, last = form.action or address, AuditEntry.objects.order_by("pk").last()
        first = client.post(target, {**form.values, name: others[0]})
        if first.status_code == 302 and EditForm(client.get(address).content.decode()).values != form.values:
            new = AuditEntry.objects.filter(pk__gt=last.pk if last else 0)
            actions = frozenset(new.values_list("action", flat=True))
            second = client.post(target, {**form.values, name: others[1]})
            return Saves(actions, second.status_code, second.content.decode())
    return None


def saves_of(client: Client, pages: Iterable[Shown]) -> dict[str, Saves | None]:
    """{route: two saves of the same page} of every page with a form that carries a version."""
    found = {}
    for page in pages:
        if page.status == 200 and VERSION in page.html and page.route not in found and EditForm(page.html).values:
            with taken_back(client):
                found[page.route] = two_saves(client, page.address, page.html)
    return found
