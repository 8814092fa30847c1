"""The self-check over real HTTP, its alerts, and the page."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.lib import clock
from wabolt.public_address import rules, services
from wabolt.public_address.models import AddressState
from wabolt.public_address.queries import Problem, report, signature_of
from wabolt.public_address.services import checking
from wabolt.public_address.words import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("socket_enabled")]
Part = AddressState.Part
Reply = Callable[[str], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def address() -> Iterator[Any]:
    """A web server on this machine; `address.reply(path)` gives status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.paths.append(self.path)  # type: ignore[attr-defined]
            status, headers, body = server.reply(self.path)  # type: ignore[attr-defined]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths = []  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def proof(path: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, signature_of(path.rpartition("/")[2]).encode()


def test_signed_answer_is_accepted(address: Any) -> None:
    address.reply = proof
    assert checking.ask(address.url) == (None, None)


def test_the_view_answers_what_the_check_expects() -> None:
    nonce = "abcdefghijklmnopqrstuvwx"
    response = Client().get(f"/.well-known/wabolt/{nonce}")
    assert response.content.decode() == signature_of(nonce)
    assert Client().get("/.well-known/wabolt/short").status_code == 404
    assert Client().get(f"/.well-known/wabolt/{'x' * 65}").status_code == 404


def test_a_redirect_is_not_followed(address: Any) -> None:
    address.reply = lambda path: (302, {"Location": f"{address.url}/elsewhere"}, b"")
    found, _until = checking.ask(address.url)
    assert found
    assert found.problem is Problem.REDIRECTED
    assert len(address.paths) == 1


def test_long_answer_is_read_only_in_part(address: Any) -> None:
    address.reply = lambda path: (200, {}, b"x" * 10_000_000)
    found, _until = checking.ask(address.url)
    assert found
    assert found.problem is Problem.OTHER_SERVER


def test_answer_to_an_earlier_nonce_is_refused(address: Any) -> None:
    address.reply = lambda path: (200, {}, signature_of("another-nonce-of-yesterday").encode())
    found, _until = checking.ask(address.url)
    assert found
    assert found.problem is Problem.OTHER_SERVER


@each(
    ("url", "problem"),
    [("http://127.0.0.1:9", Problem.NO_ANSWER), ("http://no-such-name.invalid", Problem.DNS_MISSING)],
    undone=True,
)
def test_failed_connection_is_a_finding(url: str, problem: Problem) -> None:
    found, _until = checking.ask(url)
    assert found
    assert found.problem is problem


@pytest.fixture
def unreachable(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public address without a server: port 9 of this machine. `PUBLIC_CA` marks the address as one to check."""
    settings.PUBLIC_URL, settings.PUBLIC_CA = "http://127.0.0.1:9", "/nowhere.pem"


def test_address_that_stays_down_opens_one_alert(workspace: Workspace, unreachable: None) -> None:
    services.check_address()
    assert not Alert.objects.exists()
    AddressState.objects.update(since=clock.now() - rules.DOWN_AFTER)
    services.check_address()
    services.check_address()
    alert = Alert.objects.get()
    with translation.override("id"):
        [shown] = open_alerts(workspace, "owner")
    assert "127.0.0.1:9" in shown.sentence
    assert "Mungkin pelanggan" in shown.sentence, "some routers only hide the address from this computer"
    assert shown.url == "/settings/public-address/"
    assert alert.resolved_at is None


def test_the_alert_ends_with_the_first_answer(
    workspace: Workspace, unreachable: None, settings: Any, address: Any
) -> None:
    services.check_address()
    AddressState.objects.update(since=clock.now() - rules.DOWN_AFTER)
    services.check_address()
    settings.PUBLIC_URL, address.reply = address.url, proof
    services.check_address()
    assert Alert.objects.get().resolved_at is not None
    assert not report().problems


def test_late_renewal_opens_an_alert(workspace: Workspace, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    until = clock.now() + timedelta(days=5)
    monkeypatch.setattr(checking, "ask", lambda url: (None, rules.Validity(until - timedelta(days=90), until)))
    services.check_address()
    [shown] = open_alerts(workspace, "owner")
    assert shown.alert.kind == checking.EXPIRES
    assert report().certificate_until == until
    monkeypatch.setattr(checking, "ask", lambda url: (None, rules.Validity(until, until + timedelta(days=90))))
    services.check_address()
    assert not open_alerts(workspace, "owner")


def test_private_address_is_not_checked(workspace: Workspace, settings: Any) -> None:
    settings.PUBLIC_URL = "http://192.168.1.20:8000"
    services.check_address()
    assert not AddressState.objects.exists()


@each(("problem", "language"), product(Problem, ["id", "en"]), undone=True)
def test_every_problem_has_a_sentence_and_a_remedy(problem: Problem, language: str) -> None:
    """The texts also work without facts that an older version did not store."""
    with translation.override(language):
        words = words_of(rules.Found(problem, {}))
    assert words.what.endswith((".", ":", ": ", " "))
    assert len(words.remedy) > 15
    assert "%(" not in words.what + words.remedy


@each(
    ("url", "words"),
    [
        ("http://127.0.0.1:8000", "Hanya komputer ini"),
        ("http://192.168.1.20:8000", "Hanya perangkat di Wi-Fi toko"),
        ("https://wa.toko.example", "Belum diperiksa"),
    ],
    undone=True,
)
def test_the_page_says_who_can_open_the_address(workspace: Workspace, settings: Any, url: str, words: str) -> None:
    settings.PUBLIC_URL = url
    page = signed_in(workspace).get("/settings/public-address/").content.decode()
    assert words in page
    assert url in page


def test_the_page_explains_what_is_wrong_and_checks_again(workspace: Workspace, unreachable: None) -> None:
    client = signed_in(workspace)
    services.record_finding(part=Part.START, found=rules.Found(Problem.PORT_TAKEN, {"port": 443, "program": "nginx"}))
    assert client.post("/settings/public-address/check/").status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="public_address.check_now").count() == 1
    services.check_address()
    page = client.get("/settings/public-address/").content.decode()
    assert "443" in page
    assert "nginx" in page
    assert report().checked_at is not None


def test_a_good_answer_outweighs_an_earlier_problem(settings: Any, address: Any) -> None:
    settings.PUBLIC_URL, address.reply, settings.PUBLIC_CA = address.url, proof, "/nowhere.pem"
    services.record_finding(part=Part.START, found=rules.Found(Problem.BEHIND_ROUTER, {"name": "wa.toko.id"}))
    assert report().problems
    services.check_address()
    assert not report().problems


def test_findings_about_an_earlier_address_are_not_shown(settings: Any) -> None:
    settings.PUBLIC_URL = "https://lama.toko.example"
    services.record_finding(part=Part.ANSWER, found=rules.Found(Problem.NO_ANSWER))
    settings.PUBLIC_URL = "https://baru.toko.example"
    assert not report().is_checked
