"""The check for a newer version, against a real HTTP server and a real Git repository."""

import gzip
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tools.release_feed import feed

from wabolt import __version__
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.lib import clock
from wabolt.operations import cli, queries, services
from wabolt.operations.models import LatestRelease
from wabolt.operations.queries import origin
from wabolt.operations.rules import FeedError, is_newer, parse_feed, parse_tags
from wabolt.operations.services import updates

NEWER = {"version": "99.1", "notes": {"id": ["Lebih cepat"], "en": ["Faster"]}, "url": "https://wabolt.example/99"}


@dataclass
class Feed:
    """A local release feed: what it answers, and the requests that it got."""

    url: str
    status: int = 200
    body: bytes = b""
    pause: float = 0.0
    encoding: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server(socket_enabled: None, settings: Any) -> Iterator[Feed]:
    answer = Feed("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            self.send_response(answer.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            if answer.encoding:
                self.send_header("Content-Encoding", answer.encoding)
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
def test_request_contains_only_the_version(server: Feed) -> None:
    make_workspace("Toko Bu Ratna")
    services.check_for_update()
    (asked,) = server.requests
    assert asked == {
        "path": "/feed.json", "host": server.url.split("/")[2], "user-agent": f"WABolt/{__version__}",
        "accept": "application/json", "accept-encoding": "identity", "connection": "keep-alive",
    }  # fmt: skip


@pytest.mark.django_db
def test_without_an_address_nothing_is_asked(settings: Any) -> None:
    assert settings.UPDATE_URL == "off", "no test asks anybody"
    assert services.check_for_update() is None
    assert not LatestRelease.objects.exists()
    assert "WABOLT_UPDATE_URL" in CliRunner().invoke(cli.update, ["--check"]).output
    page = signed_in(make_workspace()).get(reverse("operations:version")).content.decode()
    assert "WABolt tidak tahu sendiri kalau ada versi baru" in page
    assert "WABOLT_UPDATE_URL" in page
    assert reverse("operations:check_now") not in page


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
def test_compressed_answer_is_not_unpacked(server: Feed) -> None:
    """A few kilobytes can become gigabytes."""
    make_workspace()
    server.encoding, server.body = "gzip", gzip.compress(json.dumps(NEWER).encode())
    latest = services.check_for_update()
    assert latest is not None
    assert (latest.failure, latest.version) == ("unreadable", "")


@pytest.mark.django_db
def test_slow_answer_times_out(server: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "WITHIN", 0.6)
    server.body, server.pause = b"x" * 60_000, 0.1
    began = time.monotonic()
    latest = services.check_for_update()
    assert latest is not None
    assert latest.failure == "unreadable"
    assert time.monotonic() - began < 3


@pytest.mark.django_db
def test_address_must_use_https(settings: Any) -> None:
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


class GitServer(BaseHTTPRequestHandler):
    """Git's own server program behind HTTP (git-http-backend(1))."""

    root: Path
    requests: list[dict[str, str]]

    def do_POST(self) -> None:
        given = {key.lower(): value for key, value in self.headers.items()}
        self.requests.append(given)
        done = subprocess.run(
            ["git", "http-backend"], input=self.rfile.read(int(given["content-length"])),
            capture_output=True, check=True,
            env={
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": self.path, "REQUEST_METHOD": "POST", "CONTENT_TYPE": given["content-type"],
                "GIT_PROTOCOL": given["git-protocol"],
            },
        )  # fmt: skip
        head, _gap, body = done.stdout.partition(b"\r\n\r\n")
        status = head.partition(b"Status: ")[2][:3]
        self.send_response(int(status or 200))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_ignored: object) -> None: ...


@pytest.fixture
def repository(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with a release, and an installation that was cloned from it."""
    made = tmp_path / "wabolt.git"
    git(made, "init", "--quiet", "--bare", str(made))
    tree = git(made, "mktree")
    commit = git(made, "-c", "user.name=x", "-c", "user.email=x@x.example", "commit-tree", "-m", "x", tree)
    for name in ("refs/heads/main", "refs/tags/v0.0.9", "refs/tags/v99.10.0", "refs/tags/v99.9", "refs/tags/v100-rc1"):
        git(made, "update-ref", name, commit)
    handler = type("Handler", (GitServer,), {"root": tmp_path, "requests": []})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{httpd.server_port}/wabolt.git"
    source = origin.ReleaseSource(url, is_repository=True)
    monkeypatch.setattr(updates, "release_source", lambda: source)
    yield made
    httpd.shutdown()
    httpd.server_close()
    for asked in handler.requests:
        assert set(asked) <= {
            "host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length",
            "git-protocol",
        }  # fmt: skip
        assert asked["user-agent"] == f"WABolt/{__version__}"


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=repository.parent, env={**os.environ, "GIT_DIR": str(repository)},
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.django_db
def test_the_tags_of_the_repository_reveal_a_newer_version(repository: Path) -> None:
    shop = make_workspace()
    latest = services.check_for_update()
    assert latest
    assert (latest.version, latest.failure) == ("99.10.0", "")
    assert Alert.objects.get(workspace=shop).kind == services.NEW_VERSION
    page = signed_in(shop).get(reverse("operations:version")).content.decode()
    assert "WABolt 99.10.0" in page
    for name in ("v99.10.0", "v99.9"):
        git(repository, "update-ref", "-d", f"refs/tags/{name}")
    assert not queries.is_update(services.check_for_update())
    git(repository, "update-ref", "-d", "refs/tags/v0.0.9")
    latest = services.check_for_update()
    assert latest
    assert (latest.version, latest.failure) == ("", ""), "no release yet is no failure"
    assert not Alert.objects.filter(resolved_at=None).exists()
    shutil.rmtree(repository)
    latest = services.check_for_update()
    assert latest
    assert latest.failure == "refused"


@pytest.mark.django_db
def test_a_computer_that_is_off_at_night_asks_once_a_day(server: Feed) -> None:
    make_workspace()
    with clock.hold(clock.now()) as held:
        for _hour in range(30):
            services.check_if_due()
            held.move(hours=1)
    assert len(server.requests) == 2


@pytest.mark.django_db
def test_clock_that_was_a_year_ahead_delays_no_check(server: Feed) -> None:
    make_workspace()
    with clock.hold(clock.now()) as held:
        held.move(days=365)
        services.check_if_due()
        held.move(days=-365)
        services.check_if_due()
        services.check_if_due()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://git.example/toko/wabolt.git", "https://git.example/toko/wabolt.git"),
        ("https://ratna:ghp_secret@git.example:8443/wabolt/?x=1#y", "https://git.example:8443/wabolt"),
        ("git@git.example:toko/wabolt.git", ""),
        ("ssh://git@git.example/wabolt", ""),
        ("http://git.example/wabolt", ""),
        ("/srv/wabolt", ""),
        ("https://[broken/wabolt", ""),
        ("https://git.example:99999/wabolt", ""),
        ("https://", ""),
    ],
)
def test_the_clone_says_where_it_comes_from(tmp_path: Path, remote: str, expected: str) -> None:
    """The password of a person who cloned is never sent."""
    git(tmp_path / ".git", "init", "--quiet", str(tmp_path))
    git(tmp_path / ".git", "config", "remote.backup.url", "https://other.example/")
    git(tmp_path / ".git", "config", "remote.origin.url", remote)
    assert origin.origin_of(tmp_path) == expected


def test_a_folder_that_is_no_clone_has_no_origin(tmp_path: Path) -> None:
    assert origin.origin_of(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    for config in (b"\xff\x00[[", b'[remote "origin"]\n\turl\n'):
        (tmp_path / ".git" / "config").write_bytes(config)
        assert origin.origin_of(tmp_path) == ""


def test_one_setting_switches_it_off(settings: Any) -> None:
    settings.UPDATE_URL = "off"
    assert queries.release_source() is None
    settings.UPDATE_URL = "https://releases.example/feed.json"
    assert queries.release_source() == origin.ReleaseSource("https://releases.example/feed.json")


@given(st.binary())
def test_any_answer_of_a_repository_is_versions_or_refused(text: bytes) -> None:
    try:
        assert parse_tags(text) == ""
    except FeedError:
        return


@given(st.integers(0, 200))
def test_an_answer_that_is_cut_off_is_refused(length: int) -> None:
    whole = b"003d" + b"a" * 40 + b" refs/tags/v1.2.3\n"
    whole = b"%04x" % len(whole) + whole[4:] + b"0000"
    if length < len(whole):
        with pytest.raises(FeedError):
            parse_tags(whole[:length])
    else:
        assert parse_tags(whole) == "1.2.3"


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
