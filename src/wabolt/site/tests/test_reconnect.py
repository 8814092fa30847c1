"""Pages while PostgreSQL ends connections: the real web server with `pg_terminate_backend` in a loop."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import psycopg
import pytest

from wabolt.site.tests.live import Live, running_web
from wabolt.site.tests.shops import Shop, sign_in

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def live(installation: Shop) -> Iterator[Live]:
    with running_web(installation, sign_in(installation)) as server:
        server.get("/contacts/")
        yield server


@contextmanager
def cutting(shop: Shop, every: float) -> Iterator[None]:
    """Repeatedly ends all connections to the shop's database."""
    stop = threading.Event()

    def cut() -> None:
        with psycopg.connect(shop.url, autocommit=True) as connection:
            while not stop.wait(every):
                connection.execute(CUT)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_pages_go_on_while_connections_are_ended(live: Live, installation: Shop) -> None:
    statuses, slowest = [], 0.0
    pause = max(0.5, 4 * live.seconds_for("/contacts/"))  # on a busy machine each page would meet several cuts
    with cutting(installation, pause):
        until = time.monotonic() + 16 * pause
        while time.monotonic() < until:
            began = time.monotonic()
            statuses.append(live.get("/contacts/")[0])
            slowest = max(slowest, time.monotonic() - began)
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 0.9 * len(statuses)
    assert slowest < 5
    assert live.seconds_for("/contacts/") < 5


def test_a_request_that_finds_its_connection_ended_answers_as_usual(live: Live, installation: Shop) -> None:
    for _turn in range(5):
        with psycopg.connect(installation.url, autocommit=True) as connection:
            connection.execute(CUT)
        assert live.get("/contacts/")[0] == 200


@contextmanager
def database_away(shop: Shop) -> Iterator[None]:
    """The database refuses connections, as during a restart."""
    with psycopg.connect(shop.url.replace("/wabolt?", "/postgres?"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE wabolt ALLOW_CONNECTIONS false")
        connection.execute(CUT)
        try:
            yield
        finally:
            connection.execute("ALTER DATABASE wabolt ALLOW_CONNECTIONS true")


def test_a_page_without_a_database_says_so_soon_and_keeps_what_was_typed(live: Live, installation: Shop) -> None:
    token = "abcdefghijklmnopqrstuvwxyz012345"
    cookies = {"Cookie": f"sessionid={live.session}; csrftoken={token}", "Accept-Language": "en"}
    typed = urlencode({"csrfmiddlewaretoken": token, "name": 'Siti <b>"Aminah"</b>\nBandung'}).encode()
    with database_away(installation):
        began = time.monotonic()
        status, page = live.ask("POST", "/contacts/new/", typed, {**FORM, **cookies})
        read = live.ask("GET", "/contacts/", headers=cookies)
        assert time.monotonic() - began < 5
    assert (status, read[0]) == (503, 503)
    assert "Siti &lt;b&gt;&quot;Aminah&quot;&lt;/b&gt;\nBandung</textarea>" in page.decode()
    assert 'action="/contacts/new/"' in page.decode()
    began = time.monotonic()
    while live.get("/contacts/")[0] != 200:
        assert time.monotonic() - began < 5


def test_a_password_is_not_written_into_the_page(live: Live, installation: Shop) -> None:
    token = "abcdefghijklmnopqrstuvwxyz012345"
    typed = urlencode({"csrfmiddlewaretoken": token, "login": "ibu@toko.id", "password": "rahasia-panjang-9"}).encode()
    with database_away(installation):
        status, page = live.ask("POST", "/account/login/", typed, {**FORM, "Cookie": f"csrftoken={token}"})
    assert status == 503
    assert b"rahasia" not in page
