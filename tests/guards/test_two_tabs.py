"""Two tabs edit the same form: the later save is refused, shows what changed, and keeps the typed values.

`test_pages.py` finds the forms without a version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import MailServer
from wabolt.broadcasts.services import start
from wabolt.broadcasts.tests.factories import make_broadcast, make_segment
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Field
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.rules.definition import Send
from wabolt.journeys.tests.factories import make_journey

pytestmark = pytest.mark.django_db


class Forms(HTMLParser):
    """The POST forms of a page: the action and {name: value} of each, as a browser sends them without changes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._values: dict[str, str] | None = None
        self._select = self._textarea = ""
        self.typed: list[set[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._values = {} if given.get("method", "").lower() == "post" else None
            if self._values is not None:
                self.forms.append((given.get("action", ""), self._values))
                self.typed.append(set())
        elif self._values is None:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._values):
            self._values[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = given.get("name", "")
            self._values[self._textarea] = ""

    def _input(self, given: dict[str, str]) -> None:
        assert self._values is not None
        kind, name = given.get("type", "text"), given.get("name", "")
        if kind in {"checkbox", "radio"}:
            if "checked" in given:
                self._values[name] = given.get("value", "on")
        elif kind not in {"file", "submit"} and name:
            self._values[name] = given.get("value", "")
            if kind != "hidden" and given.get("value"):
                self.typed[-1].add(name)

    def handle_data(self, data: str) -> None:
        if self._textarea and self._values is not None:
            self._values[self._textarea] += data
            if data.strip():
                self.typed[-1].add(self._textarea)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._values is not None:
            self._values[self._textarea] = self._values[self._textarea].removeprefix("\n")
            self._textarea = ""
        elif tag == "form":
            self._values = None

    def with_version(self) -> dict[str, str]:
        """The values of the form that carries a version."""
        return next(values for _action, values in self.forms if "version" in values)


@dataclass(frozen=True)
class Edit:
    """An edit form: its route, the function that creates an object (its arguments), and the field that both tabs
    change."""

    route: str
    make: Callable[[Workspace], dict[str, Any]]
    field: str
    more: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> tuple[str, str]:
        return ("7", "6") if self.field == "messages_per_minute" else ("Dari tab lain", "Dari tab ini")


EDITS = [
    Edit("accounts:shop", lambda w: {}, "name"),
    Edit("accounts:profile", lambda w: {}, "name"),
    Edit("contacts:edit", lambda w: {"contact_id": make_contact(w, city="Bandung").pk}, "name"),
    Edit("contacts:field_edit", lambda w: {
        "field_id": Field.objects.create(workspace=w, key="ukuran", label="Ukuran", kind="text").pk
    }, "label"),
    Edit("segments:edit", lambda w: {"pk": make_segment(w).pk}, "name", (("do", "save"),)),
    Edit("broadcasts:edit", lambda w: {"broadcast_id": make_broadcast(w).pk}, "text"),
    Edit("journeys:step", lambda w: {
        "journey_id": make_journey(w, Send("s1", text="Hai")).pk, "step_id": "s1"
    }, "text"),
    Edit("journeys:settings", lambda w: {"journey_id": make_journey(w, Send("s1", text="Hai")).pk}, "name"),
    Edit("alerts:mail", lambda w: dict.fromkeys((), MailServer.objects.create(workspace=w, host="surat.example",
        sender="toko@surat.example").pk), "username"),
    Edit("channels:settings", lambda w: {"channel_id": make_channel(w).pk}, "messages_per_minute"),
]  # fmt: skip


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def opened(client: Client, address: str) -> dict[str, str]:
    return Forms(client.get(address).content.decode()).with_version()


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.route)
def test_two_tabs(workspace: Workspace, edit: Edit) -> None:
    client, address = signed_in(workspace), reverse(edit.route, kwargs=edit.make(workspace))
    theirs, mine = edit.values
    third = "5" if mine == "6" else "Dari tab ketiga"

    def save(shown: dict[str, str], **changed: str) -> tuple[int, str]:
        answer = client.post(address, {**shown, **dict(edit.more), **changed})
        return answer.status_code, answer.content.decode()

    both_tabs = opened(client, address)
    assert save(both_tabs, **{edit.field: theirs})[0] == 302
    assert save(both_tabs, **{edit.field: theirs})[0] == 302, "the same change in both tabs"

    status, page = save(both_tabs, **{edit.field: mine})
    assert status == 422
    assert "diubah orang lain" in page
    assert theirs in page
    kept = Forms(page).with_version()
    assert kept[edit.field].strip() == mine
    now = opened(client, address)
    assert now[edit.field].strip() == theirs

    status, page = save(kept)
    assert status == 422, "overwriting needs the member's choice"
    kept = Forms(page).with_version()
    assert save(now, **{edit.field: third})[0] == 302, "no change in between"
    status, page = save(kept, overwrite="on")
    assert status == 422, "the choice does not cover a third change"
    assert opened(client, address)[edit.field].strip() == third

    assert save(Forms(page).with_version(), overwrite="on")[0] == 302
    assert opened(client, address)[edit.field].strip() == mine


def test_draft_that_was_started_meanwhile_keeps_what_was_typed(workspace: Workspace) -> None:
    broadcast = make_broadcast(workspace)
    client, address = signed_in(workspace), reverse("broadcasts:edit", args=[broadcast.pk])
    shown = Forms(client.get(address).content.decode()).with_version()
    start(broadcast=broadcast)
    refused = client.post(address, {**shown, "text": "Kata-kata baru"})
    assert refused.status_code == 422
    assert "sudah mulai" in refused.content.decode()
    assert Forms(refused.content.decode()).with_version()["text"].strip() == "Kata-kata baru"
