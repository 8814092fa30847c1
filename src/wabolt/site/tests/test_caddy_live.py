"""The public address through a real Caddy: ordinary visitors and misbehaving clients (issue "Solid ground").

One test is one attack. The page has to answer within SOON meanwhile, and Caddy's memory stays below MOST_MEMORY.
"""

import contextlib
import http.client
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from itertools import chain, islice, repeat
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from tests.forking import ForkServer

from wabolt.site.front.body import GRACE
from wabolt.site.tests.live import SOON, THREADS, Ends, answer_of, assert_not_held_up, wait_for_ends
from wabolt.site.tests.public import NAME, OTHER_NAME, Http2, Public, has_ended, running_public, wait_until
from wabolt.site.tests.shops import Shop, sign_in

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

BACK = 60.0  # seconds after which what was killed counts as lost; 2 to 5 on an idle machine
MOST_MEMORY = 300  # MB of Caddy during an attack
LARGE_FILE = "/static/vendor/tabler.min.css"  # half a megabyte, and cheaper than a page
CSRF = "abcdefghijklmnopqrstuvwxyz012345"
PATHS = ("/account/login/", "/webhooks/whatsapp/1/", "/no/such/page/", "/setup/")
MANY = """
INSERT INTO contacts_contact
SELECT (jsonb_populate_record(c, jsonb_build_object('id', c.id + n, 'name', repeat('Siti ', 10)))).*
FROM contacts_contact c, generate_series(1000, 6000) n WHERE c.id = (SELECT min(id) FROM contacts_contact)
"""


@pytest.fixture(scope="module")
def public(installation: Shop) -> Iterator[Public]:
    installation.ask(MANY)
    with running_public(installation, sign_in(installation)) as running:
        yield running


@pytest.fixture(scope="module")
def ends(public: Public) -> Ends:
    """Clients of each kind, all at once, because each waits ten seconds for its deadline: connections without TLS,
    without a request, and with the begin of HTTP/2 only; a half-sent body; uploads without a session."""
    silent = {
        "plain": socket.create_connection(("127.0.0.1", public.https_port)),
        "tls": public.connect("http/1.1"),
        "h2": public.connect("h2"),
    }
    for connection in silent.values():
        connection.settimeout(60)
    lines = (f"Cookie: csrftoken={CSRF}", "Content-Length: 300000000")
    asking: dict[object, socket.socket] = {
        (path, kind): public.open(head(public, "POST", path, *lines, f"Content-Type: {kind}"))
        for path in ("/imports/new/", "/account/login/")
        for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded")
    }
    asking["body"] = public.open(head(public, "POST", "/account/login/", lines[0], "Content-Length: 1000"), b"x")
    return wait_for_ends(lambda: public.seconds_for("/contacts/"), silent, asking)


def plain(public: Public, host: str, path: str = "/") -> http.client.HTTPResponse:
    """Asks Caddy over http."""
    connection = http.client.HTTPConnection("127.0.0.1", public.http_port, timeout=60)
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def head(public: Public, method: str, path: str, *lines: str) -> str:
    return "\n".join([f"{method} {path} HTTP/1.1", f"Host: {NAME}:{public.https_port}", *lines])


def test_http_redirects_to_https_for_own_names_only(public: Public) -> None:
    for name in (NAME, OTHER_NAME):
        response = plain(public, name, "/l/abc?x=1")
        assert response.status == 308
        assert response.headers["Location"] == f"https://{name}:{public.https_port}/l/abc?x=1"
    assert plain(public, "penipu.example").status == 421


def test_foreign_name_gets_no_certificate(public: Public) -> None:
    with pytest.raises(ssl.SSLError):
        public.connect(name="penipu.example")


def test_host_header_must_match_the_name_of_the_connection(public: Public) -> None:
    for host in ("penipu.example", OTHER_NAME, "127.0.0.1"):
        with public.open(f"GET /account/login/ HTTP/1.1\nHost: {host}\nConnection: close") as connection:
            status = answer_of(connection).split(" ")[1]
            assert status in {"400", "403", "421"} or host == OTHER_NAME, (host, status)


def test_visitors_get_http2_and_hsts(public: Public) -> None:
    with public.connect("h2", "http/1.1") as connection:
        assert connection.selected_alpn_protocol() == "h2"
    response, _page = public.ask("GET", "/contacts/")
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
    signed_out, _page = public.ask("GET", "/account/login/", headers={"Cookie": ""})
    assert "Secure" in signed_out.headers["Set-Cookie"]


def test_a_page_is_compressed_once(public: Public) -> None:
    response, page = public.ask("GET", "/contacts/", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert page[:2] == b"\x1f\x8b"
    assert response.headers.get_all("Content-Encoding") == ["gzip"]
    response, _page = public.ask("GET", "/contacts/", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in response.headers


def test_unchanged_fragment_gets_304(public: Public) -> None:
    """The validator survives compression, so polls stay cheap."""
    poll = {"Accept-Encoding": "gzip"}
    first, _page = public.ask("GET", "/static/ui/wabolt.css", headers=poll)
    validator = first.headers.get("ETag") or first.headers.get("Last-Modified")
    name = "If-None-Match" if "ETag" in first.headers else "If-Modified-Since"
    again, body = public.ask("GET", "/static/ui/wabolt.css", headers={**poll, name: str(validator)})
    assert (again.status, body) == (304, b"")


def test_the_certificate_and_its_key_are_private(public: Public) -> None:
    folder = public.home / "caddy"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "config.json").stat().st_mode & 0o077 == 0


def failures_until_locked(public: Public, **forged: str) -> bool:
    body = f"csrfmiddlewaretoken={CSRF}&login=ibu@toko.id&password=salah".encode()
    for number in range(40):
        lines = [f"{name.replace('__', '-')}: {value.format(number)}" for name, value in forged.items()]
        lines += [
            f"Cookie: csrftoken={CSRF}",
            f"Content-Length: {len(body)}",
            f"Origin: https://{NAME}:{public.https_port}",
        ]
        lines += ["Content-Type: application/x-www-form-urlencoded", "Connection: close"]
        with public.open(head(public, "POST", "/account/login/", *lines), body) as connection:
            status = answer_of(connection).split(" ")[1]
            assert status in {"200", "422", "429"}, status
            if status == "429":
                return True
    return False


def test_no_spelling_of_a_forwarding_header_is_trusted(public: Public) -> None:
    """Failed sign-ins count per address. The request has all spellings at once; a trusted one would start a new
    count."""
    address = "198.51.100.{}"
    assert failures_until_locked(
        public,
        X__Forwarded__For=address,
        x_forwarded_for=address,
        X_Forwarded__For=address,
        Forwarded="for=198.51.100.{}",
        X__Real__IP=address,
        X__Client__IP=address,
        True__Client__IP=address,
        CF__Connecting__IP=address,
        X__Wabolt__Proxy="guess{}",
    )


def test_other_program_on_this_machine_is_no_trusted_proxy(public: Public) -> None:
    """It reaches the front directly, but does not know the secret."""
    forged = "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: https\nX-Wabolt-Proxy: guess"
    with socket.create_connection(("127.0.0.1", public.web_port), timeout=60) as connection:
        request = f"GET /account/login/ HTTP/1.1\nHost: localhost\n{forged}\nConnection: close"
        connection.sendall(request.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        answer = connection.makefile("rb").read().decode("latin-1")
    assert "strict-transport-security" not in answer.lower()  # sent over https only


def web_processes(public: Public) -> list[psutil.Process]:
    """Returns the processes that listen on the port of the pages, and their parent."""
    found = []
    for process in psutil.Process(public.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(one.laddr and one.laddr.port == public.web_port for one in process.net_connections("tcp")):
                found.append(process)
    return found


def test_half_sent_bodies_delay_no_visitor(public: Public) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(4 * THREADS):
            lines = [f"Cookie: csrftoken={CSRF}", "Content-Length: 1000"]
            request = head(public, "POST", PATHS[number % len(PATHS)], *lines)
            stack.enter_context(public.open(request, b"x"))
        for _ in range(4):
            client = Http2(public)
            stack.callback(client.close)
            for stream in range(1, 60, 2):
                client.connection.sendall(client.request(stream, PATHS[stream % len(PATHS)], "", "POST"))
                client.connection.sendall(client.frame(client.DATA, 0, stream, b"x"))
        assert_not_held_up([public.seconds_for("/contacts/") for _ in range(5)])
        assert public.megabytes() < MOST_MEMORY


def test_a_body_has_a_deadline_through_the_proxy(ends: Ends) -> None:
    status, seconds = ends.answers["body"]
    assert status in {"408", "502"}
    assert seconds < 2 * GRACE


def test_slow_readers_delay_no_visitor(public: Public) -> None:
    """Exports are made in threads of their own; there are fewer of these than exports here."""
    with contextlib.ExitStack() as stack:
        for path in islice(chain(3 * ["/contacts/export.csv"], repeat(LARGE_FILE)), 2 * THREADS):
            request = head(public, "GET", path, f"Cookie: sessionid={public.session}")
            stack.enter_context(public.open(request, buffer=4096))
        assert_not_held_up([public.seconds_for("/contacts/") for _ in range(5)])
        assert public.megabytes() < MOST_MEMORY


def test_an_export_arrives_whole_and_compressed(public: Public) -> None:
    response, text = public.ask("GET", "/contacts/export.csv", headers={"Accept-Encoding": "identity"})
    assert response.status == 200
    assert text.count(b"\n") > 5_000


def test_requests_whose_answers_are_never_read_bound_memory(public: Public) -> None:
    """HTTP/2 lets one connection request hundreds of files and read none of them (window 0)."""
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            client = Http2(public, window=0)
            stack.callback(client.close)
            requests = (client.request(stream, LARGE_FILE) for stream in range(1, 200, 2))
            client.connection.sendall(b"".join(requests))
        wait_until(lambda: public.seconds_for("/contacts/") < SOON, 60)
        assert public.megabytes() < MOST_MEMORY


def test_rapid_reset_is_cut_off_with_bounded_memory(public: Public) -> None:
    """CVE-2023-44487: requests that are cancelled at once are not counted as open streams."""
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            client = Http2(public)
            stack.callback(client.close)
            with contextlib.suppress(OSError):  # Caddy closes a connection that resets too much
                for stream in range(1, 1000, 2):
                    client.connection.sendall(client.request(stream, LARGE_FILE) + client.reset(stream))
        wait_until(lambda: public.seconds_for("/contacts/") < SOON, 60)
        assert public.megabytes() < MOST_MEMORY


def test_silent_connections_end(ends: Ends) -> None:
    assert_not_held_up(ends.pages)
    assert ends.closed == {"plain": True, "tls": True, "h2": True}


def test_no_visitor_without_a_session_uploads_a_file(ends: Ends) -> None:
    statuses = {asked: status for asked, (status, _seconds) in ends.answers.items() if asked != "body"}
    assert len(statuses) == 4
    assert set(statuses.values()) <= {"302", "401", "413"}, statuses


def test_a_member_reads_why_a_file_was_refused(public: Public) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    response, page = public.ask("POST", "/broadcasts/new/", b"x" * (settings.MEDIA_MAX_BYTES + 2_000_000), kind)
    assert response.status == 413
    assert "terlalu besar" in page.decode() or "too large" in page.decode()


def test_long_headers_are_refused(public: Public) -> None:
    with public.open(head(public, "GET", "/", "X-Long: " + "x" * 100_000)) as connection:
        assert answer_of(connection).split(" ")[1] in {"400", "431"}


def test_killed_web_processes_are_back_and_visitors_wait(public: Public) -> None:
    """Caddy tries a refused connection again; a request that was in progress may fail."""
    for process in web_processes(public):
        process.kill()
    response, _page = public.ask("GET", "/account/login/")
    assert response.status in {200, 302, 502, 503}
    wait_until(public.answers, BACK)


def test_every_killed_process_is_back(public: Public) -> None:
    before = psutil.Process(public.process.pid).children()
    assert len(before) >= 5
    for process in before:
        process.kill()
    wait_until(lambda: all(has_ended(process) for process in before), BACK)
    wait_until(lambda: len(psutil.Process(public.process.pid).children()) == len(before), BACK)
    wait_until(public.answers, BACK)


def forks_of(pid: int) -> list[int]:
    """Returns the process ids of the children that the main thread of a process has forked. Linux only; fast."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_web_worker_whose_parent_ends_before_it_has_started_ends_too(public: Public) -> None:
    """Otherwise, it holds the port and the lock of `only_one` for ever, and WABolt cannot start again."""
    before = forks_of(public.process.pid)
    [main] = {process.ppid() for process in web_processes(public)}
    os.kill(main, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not (started := set(forks_of(public.process.pid)) - set(before)):
        assert public.process.poll() is None
        assert time.monotonic() < deadline
    [main] = started
    while not (workers := forks_of(main)):
        assert psutil.pid_exists(main)
        assert time.monotonic() < deadline
    os.kill(workers[0], signal.SIGSTOP)  # within milliseconds after its fork
    worker = psutil.Process(workers[0])
    os.kill(main, signal.SIGKILL)
    wait_until(lambda: worker.ppid() != main, BACK)
    os.kill(worker.pid, signal.SIGCONT)
    try:
        wait_until(lambda: has_ended(worker), BACK)
    finally:
        if not has_ended(worker):
            worker.kill()
    wait_until(public.answers, BACK)


def test_lost_database_connections_reach_no_visitor(public: Public, installation: Shop) -> None:
    for _ in range(3):
        installation.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        assert public.seconds_for("/contacts/") < 5


def test_killed_caddy_restarts_with_its_certificate(public: Public) -> None:
    def serial() -> object:
        with public.connect() as connection:
            return (connection.getpeercert() or {}).get("serialNumber")

    before, killed = serial(), public.caddy()
    killed.kill()
    wait_until(lambda: has_ended(killed), BACK)
    wait_until(public.answers, BACK)
    assert public.caddy_pid() not in {0, killed.pid}
    assert serial() == before


def test_a_caddy_whose_watcher_was_killed_is_replaced(public: Public) -> None:
    caddy = public.caddy()
    parent = caddy.parent()
    assert parent
    parent.kill()
    wait_until(lambda: public.caddy_pid() not in {0, caddy.pid}, BACK)
    wait_until(public.answers, BACK)
    assert has_ended(caddy)


def test_domain_name_is_changed_while_it_runs(public: Public) -> None:
    """Almost the last test: the ones before ask for the old name."""
    new = "wa.baru.example"

    def answers() -> bool:
        with contextlib.suppress(OSError), public.connect("http/1.1", name=new) as connection:
            connection.sendall(f"GET /account/login/ HTTP/1.1\r\nHost: {new}\r\nConnection: close\r\n\r\n".encode())
            return answer_of(connection).split(" ")[1:2] in (["200"], ["302"])
        return False

    assert not answers()
    said = ForkServer({**os.environ, "WABOLT_HOME": str(public.home)}).command("domain", new, OTHER_NAME)
    assert said.returncode == 0, said.stderr
    assert "restarts" in said.stderr
    wait_until(lambda: answers() or public.process.poll() is not None, 180)
    # The same process: a service manager sees no restart.
    assert public.process.poll() is None, (public.home / "up.log").read_text()
    with public.connect(name=OTHER_NAME):
        pass
    with pytest.raises(ssl.SSLError):
        public.connect(name=NAME)


def test_stopping_leaves_no_process(public: Public) -> None:
    """The last test of this file: it ends the installation."""
    caddy = public.caddy()
    public.process.send_signal(signal.SIGTERM)
    assert public.process.wait(60) == 0
    assert has_ended(caddy)
    assert not public.caddy_pid()
    for port in (public.http_port, public.https_port, public.web_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
