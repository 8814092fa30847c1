"""Rules over all public addresses of ways in: no trace of bots, closed and unknown look alike, the visitor's words."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from wabolt.accounts.models import VisitorCount
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.optin.models import Entry
from wabolt.optin.services import Submission, submit_entry
from wabolt.optin.tests.factories import gone_points, make_point

pytestmark = pytest.mark.django_db
VISITORS = {
    "WhatsApp": "WhatsApp/2.23.20.0 A",
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Telegram": "TelegramBot (like TwitterBot)",
    "Google": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl": "curl/8.5.0",
    "none": "",
}


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            names = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _routes(pattern.url_patterns, names)
        else:
            yield prefix, pattern


ROUTES = sorted(
    {
        f"{prefix}{pattern.name}": pattern
        for prefix, pattern in _routes(get_resolver().url_patterns)
        if prefix.startswith("optin:") and str(getattr(pattern.callback, "access", "")).startswith("public")
    }.items()
)
"""All public addresses of the room, by name."""
ONLY_POST = {"optin:ask_number", "optin:helper_check_in", "optin:helper_scan", "optin:helper_undo"}
OF_A_POINT = [(name, pattern) for name, pattern in ROUTES if "slug" in pattern.pattern.converters]


@pytest.fixture
def channel() -> Channel:
    return make_channel(make_workspace())


@pytest.fixture
def entry(channel: Channel) -> Entry:
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    return submit_entry(
        placement=point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )


def address(name: str, pattern: URLPattern, entry: Entry, **others: str) -> str:
    known = {"slug": entry.point.slug, "code": str(entry.code), "name": "picture", "colour": "4f3cc9", **others}
    converters = pattern.pattern.converters
    numbers = {key: 1 for key, kind in converters.items() if isinstance(kind, IntConverter)}
    return reverse(name, kwargs={key: numbers.get(key) or known.get(key, "x" * 20) for key in converters})


def everything() -> dict[str, Any]:
    """The rows of all tables but the limits, which count requests on purpose."""
    tables = [model for model in apps.get_models() if model is not VisitorCount]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in tables}


def test_the_addresses_are_found() -> None:
    assert {"optin:join", "optin:send", "optin:challenge", "optin:ask_number", "optin:tap"} <= {
        name for name, _p in ROUTES
    }


def test_previews_and_bots_create_nothing(client: Client, entry: Entry) -> None:
    """A preview of an unknown address, and one that asks for the head only, are alike for all programs."""
    before, agents = everything(), list(VISITORS.values())
    for number, (name, pattern) in enumerate(ROUTES):
        url, unknown = (address(name, pattern, entry, **slug) for slug in ({}, {"slug": "nothere1"}))
        for agent in agents:
            client.get(url, headers={"user-agent": agent})
        for turn, (method, other) in enumerate(((client.head, url), (client.get, unknown), (client.head, unknown))):
            method(other, headers={"user-agent": agents[(number + turn) % len(agents)]})
    assert everything() == before


def seen(client: Client, method: str, url: str) -> tuple[int, str]:
    answer = client.generic(method, url, headers={"accept-language": "id"})
    return answer.status_code, re.sub(r'X-CSRFToken": "\w+', "", answer.content.decode(errors="replace"))


def test_unknown_closed_and_archived_look_alike(client: Client, channel: Channel, entry: Entry) -> None:
    """With a code that is not of this way in, too: one of another shop says nothing."""
    foreign = make_point(make_channel(make_workspace("Lain"), phone="+6281100000009"), kind="form")
    other = submit_entry(placement=foreign.placements.get(), submission=Submission(marketing=True))
    gone = ["nothere1", *(point.slug for point in gone_points(channel).values())]
    different = {}
    for name, pattern in OF_A_POINT:
        method = "POST" if name in ONLY_POST else "GET"
        slugs = [*gone, *([entry.point.slug] if "code" in pattern.pattern.converters else [])]
        urls = [address(name, pattern, entry, code=str(other.code), slug=slug) for slug in slugs]
        answers = {seen(client, method, url) for url in urls}
        if len(answers) != 1 or answers.pop()[0] != 404:
            different[name] = method
    assert not different


@pytest.mark.parametrize(("language", "word"), [("id", "Halaman"), ("en", "page")])
def test_refusals_are_in_the_language_of_the_visitor(client: Client, entry: Entry, language: str, word: str) -> None:
    headers = {"accept-language": language}
    gone = client.get(reverse("optin:join", args=["nothere1"]), headers=headers).content.decode()
    assert f'lang="{language}"' in gone
    assert word in gone
    page = reverse("optin:join", args=[entry.point.slug])
    refused = client.post(page, {"key": "old", "answer_name": "Ayu"}, headers=headers)
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert f'lang="{language}"' in shown
    assert ("This page was open" in shown) == (language == "en")
