"""The check for a newer version, against a real HTTP server."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tools.release_feed import feed

from wabolt import __version__
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.operations import cli, queries, services
from wabolt.operations.models import LatestRelease
from wabolt.operations.rules import FeedError, is_newer, parse_feed
from wabolt.operations.services import updates

NEWER = {"version": "99.1", "notes": {"id": ["Lebih cepat"], "en": ["Faster"]}, "url": "https://wabolt.example/99"}


@dataclass
class Feed:
    """A local release feed: what it answers, and the requests that it got."""

    url: str
    status: int = 200
    body: bytes = b""
    pause: float = 0.0
    requests: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server(socket_enabled: None, settings: Any) -> Iterator[Feed]:
    answer = Feed("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            self.send_response(answer.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            for start in range(0, len(answer.body), 1000):
                time.sleep(answer.pause)
                try:
                    self.wfile.write(answer.body[start : start + 1000])
                except OSError:
                    return

        def log_message(self, *_ignored: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    answer.url = settings.UPDATE_URL = f"http://127.0.0.1:{httpd.server_port}/feed.json"
    answer.body = json.dumps(NEWER).encode()
    yield answer
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.django_db
def test_a_newer_version_is_stored_and_reported(server: Feed) -> None:
    shop = make_workspace()
    latest = services.check_for_update()
    assert queries.is_update(latest)
    assert Alert.objects.get(workspace=shop).kind == services.NEW_VERSION
    server.body = json.dumps({"version": __version__}).encode()
    assert not queries.is_update(services.check_for_update())
    assert not Alert.objects.filter(resolved_at=None).exists()


@pytest.mark.django_db
def test_the_request_says_the_version_and_nothing_else(server: Feed) -> None:
    make_workspace("Toko Bu Ratna")
    services.check_for_update()
    (asked,) = server.requests
    assert asked == {
        "path": "/feed.json", "host": server.url.split("/")[2], "user-agent": f"WABolt/{__version__}",
        "accept": "application/json", "accept-encoding": asked["accept-encoding"], "connection": "keep-alive",
    }  # fmt: skip


@pytest.mark.django_db
def test_without_an_address_nothing_is_asked(settings: Any) -> None:
    assert settings.UPDATE_URL == "", "off by default"
    assert services.check_for_update() is None
    assert not LatestRelease.objects.exists()
    assert "WABOLT_UPDATE_URL" in CliRunner().invoke(cli.update, ["--check"]).output


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (500, b"{}", "refused"),
        (302, json.dumps(NEWER).encode(), "refused"),
        (200, b"<html>", "unreadable"),
        (200, b"x" * 70_000, "unreadable"),
        (200, json.dumps({**NEWER, "url": "javascript:alert(1)"}).encode(), "unreadable"),
    ],
)
def test_an_unusable_answer_changes_nothing(server: Feed, status: int, body: bytes, failure: str) -> None:
    make_workspace()
    services.check_for_update()
    server.status, server.body = status, body
    latest = services.check_for_update()
    assert latest is not None
    assert (latest.failure, latest.version) == (failure, "99.1")
    assert CliRunner().invoke(cli.update, ["--check"]).exit_code == 1


@pytest.mark.django_db
def test_a_slow_answer_is_given_up(server: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "WITHIN", 0.6)
    server.body, server.pause = b"x" * 60_000, 0.1
    began = time.monotonic()
    latest = services.check_for_update()
    assert latest is not None
    assert latest.failure == "unreadable"
    assert time.monotonic() - began < 3


@pytest.mark.django_db
def test_the_address_has_to_be_secure(settings: Any) -> None:
    settings.UPDATE_URL = "http://releases.example/feed.json"
    latest = services.check_for_update()
    assert latest is not None
    assert latest.failure == "insecure"


@pytest.mark.django_db
def test_the_page_shows_what_is_new(server: Feed) -> None:
    client = signed_in(make_workspace())
    page = client.get("/settings/version/").content.decode()
    assert f"WABolt {__version__}" in page
    assert "Satu tempat untuk pelanggan" in page
    client.post("/settings/version/check/")
    page = client.get("/settings/version/").content.decode()
    assert "Lebih cepat" in page
    assert "https://wabolt.example/99" in page


@pytest.mark.django_db
def test_the_command_prints_what_is_new(server: Feed) -> None:
    done = CliRunner().invoke(cli.update, ["--check"])
    assert done.exit_code == 0
    assert "99.1" in done.output
    assert "Lebih cepat" in done.output


def test_our_own_feed_is_accepted_and_names_this_version() -> None:
    release = parse_feed(json.dumps(feed("https://wabolt.example/")).encode())
    assert release.version == __version__
    assert all(release.notes.values())


def test_the_newest_release_is_this_version() -> None:
    assert queries.releases()[0][0].version == __version__


@given(st.lists(st.integers(0, 9999), min_size=2, max_size=4), st.lists(st.integers(0, 9999), min_size=2, max_size=4))
def test_versions_are_ordered_by_their_numbers(first: list[int], second: list[int]) -> None:
    one, two = ".".join(map(str, first)), ".".join(map(str, second))
    width = max(len(first), len(second))
    padded = [numbers + [0] * (width - len(numbers)) for numbers in (first, second)]
    assert is_newer(one, two) == (padded[0] > padded[1])


KEYS = st.sampled_from(["version", "notes", "url", "id", "en"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_any_json_is_a_feed_or_refused(value: Any) -> None:
    try:
        release = parse_feed(json.dumps(value).encode())
    except FeedError:
        return
    assert set(release.notes) == {"id", "en"}
