"""The answers for monitoring, from a real web server; and the readiness of an installation."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from wabolt.site import home
from wabolt.site.tests.live import Live, running_web
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

BEATS = """
INSERT INTO operations_process (name, kind, host, version, started_at, beat_at, counts)
SELECT kind, kind, 'h', '1', now(), now(), '[]' FROM unnest(ARRAY['gateway', 'consumer']) AS kind
ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at, ended_at = NULL
"""
WORKER = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())"
KEEP = 1.1  # seconds after which a changed readiness is answered


@pytest.fixture(scope="module")
def live(installation: Shop) -> Iterator[Live]:
    with running_web(installation, "", WABOLT_HOSTS="wa.toko.example", WABOLT_METRICS_TOKEN="token") as server:
        yield server


def ready(live: Live) -> tuple[int, list[str]]:
    status, body = live.get("/readyz", Host="10.0.0.7")
    return status, json.loads(body)["missing"]


def becomes(live: Live, expected: tuple[int, list[str]], installation: Shop, *statements: str) -> None:
    """Waits until the readiness is `expected`. Repeats the statements: heartbeats grow old on a busy machine."""
    deadline = time.monotonic() + 60
    while True:
        for statement in statements:
            installation.ask(statement)
        if (found := ready(live)) == expected:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def test_the_process_is_alive_for_any_host_name(live: Live) -> None:
    assert live.get("/healthz", Host="anything.example") == (200, b"ok\n")
    assert live.ask("POST", "/healthz")[0] == 405


def test_readiness_names_what_is_missing(live: Live, installation: Shop) -> None:
    status, missing = ready(live)
    assert (status, missing) == (503, ["gateway", "worker", "consumer"])
    becomes(live, (503, ["worker"]), installation, BEATS)
    becomes(live, (200, []), installation, BEATS, WORKER)
    silent = "UPDATE operations_process SET beat_at = now() - interval '31 s' WHERE kind = 'gateway'"
    becomes(live, (503, ["gateway"]), installation, BEATS, WORKER, silent)


def test_metrics_need_the_token(live: Live) -> None:
    assert live.get("/metrics")[0] == 401
    for wrong in ("Bearer tokem", "Basic token", "Bearer ", "token"):
        assert live.get("/metrics", Authorization=wrong)[0] == 401


def test_metrics_of_the_requests_reach_a_scrape(live: Live) -> None:
    """Counts of a web process go through its heartbeat, so any process can answer for all."""
    assert live.get("/account/login/", Host="wa.toko.example")[0] == 200
    pattern = rb'wabolt_requests_total\{method="GET",process="web:[^"]+",route="account_login",status="200"\} 1\.0'
    for _attempt in range(600):
        status, body = live.get("/metrics", Authorization="Bearer token")
        assert status == 200
        if re.search(pattern, body):
            break
        time.sleep(0.1)
    else:
        pytest.fail(body.decode())
    assert b'wabolt_info{version="' in body
    assert b"wabolt_database_bytes" in body


def test_the_token_is_made_once(shop: Shop) -> None:
    token = home.metrics_token()
    assert len(token) > 40
    assert home.metrics_token() == token
    assert (shop.home / "metrics-token").stat().st_mode & 0o077 == 0


def test_web_process_marks_its_orderly_end(installation: Shop) -> None:
    with running_web(installation, "") as server:
        assert server.get("/healthz")[0] == 200
        for _attempt in range(600):
            before = installation.ask("SELECT name FROM operations_process WHERE kind = 'web' AND ended_at IS NULL")
            if len(before) == 2:  # with that of the module's server
                break
            time.sleep(0.1)
        assert len(before) == 2
    after = installation.ask("SELECT name FROM operations_process WHERE kind = 'web' AND ended_at IS NULL")
    assert len(after) == 1


def test_without_a_database_the_process_is_alive_but_not_ready(installation: Shop) -> None:
    nowhere = replace(installation, url="postgresql://wabolt@127.0.0.1:1/wabolt")
    with running_web(nowhere, "") as server:
        assert server.get("/healthz") == (200, b"ok\n")
        assert ready(server) == (503, ["database"])


def test_ended_connection_does_not_count_as_a_missing_database(live: Live, installation: Shop) -> None:
    for _attempt in range(3):
        assert "database" not in ready(live)[1]
        installation.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        assert live.get("/metrics", Authorization="Bearer token")[0] == 200
        installation.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        time.sleep(KEEP)
