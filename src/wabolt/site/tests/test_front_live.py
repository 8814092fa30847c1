"""No client blocks the others: tests of the real web server with clients that send or read slowly, or send too much."""

import contextlib
import re
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, cycle, islice, repeat

import pytest
from django.conf import settings
from tests.guards.layout import routes

from wabolt.site.front import body
from wabolt.site.front.clients import REQUESTS
from wabolt.site.front.routes import route_of
from wabolt.site.tests.live import SOON, THREADS, Ends, Live, answer_of, assert_not_held_up, running_web, wait_for_ends
from wabolt.site.tests.shops import Shop, sign_in

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

LARGE_FILE = "/static/vendor/tabler.min.css"  # half a megabyte
SLOW_READERS, SLOW_PAGES = 100, 30
MEMORY = 30_000_000  # bytes that they may take
PATHS = (
    "/account/login/", "/contacts/", "/webhooks/whatsapp/1/", "/no/such/page/", "/setup/", "/imports/new/",
)  # fmt: skip
STARTS = (b"", b"PRI * HTTP/2.0\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
HALVES = tuple(f"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: {number}".encode() for number in range(64))
UPLOADS = {
    "multipart/form-data; boundary=x": {"302", "401"},
    "application/x-www-form-urlencoded": {"302", "413"},
}
"""{content type: the statuses of a refused upload}."""
COOKIE = "Cookie: csrftoken=abcdefghijklmnopqrstuvwxyz012345"
MANY = """
INSERT INTO contacts_contact
SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id + n, 'name', repeat('Siti ', 30)))).*
FROM contacts_contact c, generate_series(1000, 9000) n WHERE c.id = (SELECT min(id) FROM contacts_contact)
"""


@pytest.fixture(scope="module")
def live(installation: Shop) -> Iterator[Live]:
    installation.ask(MANY)
    with running_web(installation, sign_in(installation)) as server:
        yield server


@pytest.fixture(scope="module")
def ends(live: Live) -> Ends:
    """Clients of each kind, all at once, because each waits ten seconds for its deadline."""
    address, head = ("127.0.0.1", live.port), f"HTTP/1.1\nHost: localhost\n{COOKIE}"
    silent = {start: socket.create_connection(address, timeout=60) for start in (*STARTS, *HALVES)}
    for start, connection in silent.items():
        connection.sendall(start)
    asking: dict[object, socket.socket] = {
        (path, kind): live.open(f"POST {path} {head}\nContent-Length: 300000000\nContent-Type: {kind}")
        for path in paths_of_each_kind()
        for kind in UPLOADS
    }
    asking["body"] = live.open(f"POST /account/login/ {head}\nContent-Length: 1000", b"x")
    return wait_for_ends(lambda: live.seconds_for("/contacts/"), silent, asking)


def half_sent(live: Live, count: int, length: int = 1000) -> Iterator[socket.socket]:
    """Opens connections to all kinds of paths that announce a body of `length` bytes and send one byte."""
    for path, is_member in islice(zip(cycle(PATHS), cycle((False, True, False)), strict=False), count):
        session = f"{COOKIE}; sessionid={live.session}" if is_member else COOKIE
        yield live.open(f"POST {path} HTTP/1.1\nHost: localhost\n{session}\nContent-Length: {length}", b"x")


@pytest.mark.parametrize(
    "head",
    ["Host: penipu.example", "Host: localhost.penipu.example", "Host: localhost\nHost: penipu.example", "Host:",
     "Host: localhost@penipu.example", "Host: penipu.example:80", "Host: 203.0.113.9"],
)  # fmt: skip
def test_an_unknown_host_is_not_answered(live: Live, head: str) -> None:
    for line in ("GET / HTTP/1.1", "GET /static/ui/wb.css HTTP/1.1", "POST /account/login/ HTTP/1.1"):
        with live.open(f"{line}\n{head}\nX-Forwarded-Host: localhost") as connection:
            assert answer_of(connection).split(" ")[1] in {"400", "421"}


def test_forwarded_host_is_ignored(live: Live) -> None:
    forged = {"X-Forwarded-Host": "penipu.example", "Forwarded": "host=penipu.example"}
    status, page = live.get("/settings/team/", **forged)
    assert status == 200
    assert b"penipu.example" not in page


def test_an_export_arrives_whole(live: Live) -> None:
    status, text = live.get("/contacts/export.csv")
    assert status == 200
    assert text.count(b"\n") > 8_000


def test_half_sent_bodies_delay_no_visitor(live: Live) -> None:
    with contextlib.ExitStack() as stack:
        for connection in half_sent(live, 4 * THREADS):
            stack.enter_context(connection)
        assert_not_held_up([live.seconds_for("/contacts/") for _ in range(5)])


def test_half_sent_headers_delay_no_visitor_and_end(ends: Ends) -> None:
    assert_not_held_up(ends.pages)
    assert all(ends.closed[half] for half in HALVES)


@pytest.mark.parametrize("start", STARTS)
def test_a_connection_without_a_request_is_closed(ends: Ends, start: bytes) -> None:
    """Also one that starts HTTP/2, which could ask for hundreds of responses and read none of them."""
    assert ends.closed[start]


def test_a_body_has_a_deadline(ends: Ends) -> None:
    status, seconds = ends.answers["body"]
    assert status == "408"
    assert seconds < 2 * body.GRACE


def slow_reader(live: Live, path: str) -> socket.socket:
    """Requests a page and reads nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", live.port))
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={live.session}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_slow_readers_delay_no_visitor(live: Live) -> None:
    """Exports are made in threads of their own; there are fewer of these than exports here."""
    with contextlib.ExitStack() as stack:
        for path in islice(chain(3 * ["/contacts/export.csv"], repeat(LARGE_FILE)), 2 * THREADS):
            stack.enter_context(slow_reader(live, path))
        assert_not_held_up([live.seconds_for("/contacts/") for _ in range(5)])


def wait_until_idle(live: Live) -> None:
    """Waits until all requests have been handled. Their responses may still be on their way."""
    for _attempt in range(100):
        began = time.monotonic()
        with contextlib.suppress(OSError):
            if live.get("/contacts/")[0] == 200 and time.monotonic() - began < SOON:
                return
    pytest.fail("the server stays busy")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory from /proc")
def test_many_slow_readers_do_not_take_the_memory(live: Live) -> None:
    """The clients are on this machine, which has no limit per address. They ask for files, and for pages, which cost
    more."""
    before = live.memory()
    with contextlib.ExitStack() as stack:
        for path in (*SLOW_READERS * [LARGE_FILE], *SLOW_PAGES * ["/contacts/"]):
            stack.enter_context(slow_reader(live, path))
        wait_until_idle(live)
        assert live.memory() - before < MEMORY


def test_one_address_cannot_take_all_connections(live: Live) -> None:
    """Through a proxy, whose clients count one by one. Twice as many requests as it may have in progress begin at once,
    in any order: half of them are refused, and the others occupy the address until the deadline of their bodies."""
    head = "GET /account/login/ HTTP/1.1\nHost: localhost\nX-Forwarded-For: 192.0.2.1"
    half = f"POST /account/login/ HTTP/1.1\nHost: localhost\n{COOKIE}\nX-Forwarded-For: 192.0.2.1\nContent-Length: 9"
    assert live.get("/account/login/")[0] in {200, 302}  # loads what the first request of a process loads
    with contextlib.ExitStack() as stack:
        begun = [stack.enter_context(live.open(half)) for _ in range(2 * REQUESTS)]
        refused: list[socket.socket] = []
        while len(refused) < REQUESTS:
            answered, _, _ = select.select(begun, [], [], 60)
            assert answered, "requests above the limit are refused"
            refused += answered
            begun = [connection for connection in begun if connection not in answered]
        assert {answer_of(connection) for connection in refused} == {"HTTP/1.1 429 Too Many Requests"}
        with live.open(head) as connection:
            assert answer_of(connection).startswith("HTTP/1.1 429")
        assert live.get("/contacts/", **{"X-Forwarded-For": "192.0.2.2"})[0] == 200


def test_an_upload_after_the_session_ended_leads_to_the_sign_in_page(live: Live) -> None:
    """The client sends all of the file before it reads the response, as browsers do."""
    kind = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": "sessionid=ended", "Referer": "/imports/new/"}
    status, _page = live.ask("POST", "/imports/new/", b"x" * 12_000_000, kind)
    assert status == 302


@pytest.mark.parametrize(
    ("path", "status"), [("/webhooks/whatsapp/999999/", 404), ("/webhooks/nobody/", 404), ("/l/unknown/", 404)]
)
def test_body_for_a_path_without_a_view_is_not_read(live: Live, path: str, status: int) -> None:
    def seconds() -> float:
        began = time.monotonic()
        with live.open(f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: 60000", b"x") as connection:
            assert answer_of(connection).startswith(f"HTTP/1.1 {status}")
        return time.monotonic() - began

    assert_not_held_up([seconds() for _ in range(3)])


def paths_of_each_kind() -> dict[str, str]:
    """{path: name of its route}: three paths for each kind of route. Before it reads a body, the front distinguishes
    routes by the facts in `front.routes.Route` alone."""
    seen: Counter[object] = Counter()
    found = {}
    for route in routes():
        path = "/" + re.sub(r"<(?:\w+:)?\w+>", "1", route.pattern)
        known = route_of({"PATH_INFO": path})
        kind = replace(known, name="", check=getattr(known.check, "func", known.check))
        seen[kind] += 1
        if seen[kind] <= 3:
            found[path] = route.name
    assert len(seen) > 4
    return found


def test_no_visitor_without_a_session_uploads_a_file(ends: Ends) -> None:
    """Every kind of route refuses a file part and a large body before it reads them: nothing is written to disk."""
    asked = [(path, kind) for path in paths_of_each_kind() for kind in UPLOADS]
    assert [one for one in asked if ends.answers[one][0] not in UPLOADS[one[1]]] == []


@pytest.mark.parametrize(
    ("length", "kind"), [(200_000, "application/x-www-form-urlencoded"), (9, "multipart/form-data")]
)
def test_an_answer_to_an_unread_body_announces_the_end_of_the_connection(live: Live, length: int, kind: str) -> None:
    """A proxy that keeps the connection would send the next request, of another visitor, into its end."""
    head = f"POST /account/login/ HTTP/1.1\nHost: localhost\n{COOKIE}\nContent-Length: {length}"
    with live.open(f"{head}\nContent-Type: {kind}", b"x" * length) as connection:
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while b"\r\n\r\n" not in answer and (piece := connection.recv(4096)):
                answer += piece
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_a_body_without_a_length_is_measured_too(live: Live) -> None:
    head = f"POST /account/login/ HTTP/1.1\nHost: localhost\n{COOKIE}\nTransfer-Encoding: chunked"
    with live.open(head, b"40000\r\n" + b"x" * 0x40000 + b"\r\n") as connection:
        assert answer_of(connection).startswith("HTTP/1.1 413")


def test_a_member_reads_why_a_file_was_refused(live: Live) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    status, page = live.ask("POST", "/broadcasts/new/", b"x" * (settings.MEDIA_MAX_BYTES + 2_000_000), kind)
    assert status == 413
    assert "terlalu besar" in page.decode() or "too large" in page.decode()


def test_forged_address_does_not_evade_the_lock_out(live: Live, installation: Shop) -> None:
    """Failed sign-ins are counted per address; a forged address must not start a new count."""
    for number in range(40):
        head = "POST /account/login/ HTTP/1.1\nHost: localhost\nCookie: csrftoken=abcdefghijklmnopqrstuvwxyz012345"
        head += f"\nX_Forwarded_For: 198.51.100.{number}\nX-Forwarded-For: 203.0.113.9"
        body_text = b"csrfmiddlewaretoken=abcdefghijklmnopqrstuvwxyz012345&login=ibu@toko.id&password=salah"
        kind = f"\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {len(body_text)}"
        with live.open(head + kind, body_text) as connection:
            status = answer_of(connection)
        if status.startswith("HTTP/1.1 429"):
            return
    pytest.fail("forty failures of one address were let through")
