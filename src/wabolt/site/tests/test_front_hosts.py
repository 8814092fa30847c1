"""Requests for other host names are refused before Django sees them; links never carry the name of a request."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.test import RequestFactory

from wabolt.site.front.app import Front, Threads
from wabolt.site.front.head import Proxies
from wabolt.site.front.probes import Probes
from wabolt.site.lan import environment_of, own_hosts

HOSTS = ["wa.toko.example", "localhost", "[::1]"]


def ask(host: bytes | None, url: str = "/") -> tuple[int, list[str]]:
    """Returns the status of the response, and the hosts that the application has seen."""
    hosts: list[str] = []
    sent: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        hosts.append(environ["HTTP_HOST"])
        start("200 OK", [])
        return [b""]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http", "method": "GET", "path": url, "query_string": b"", "scheme": "http", "http_version": "1.1",
        "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 8000),
        "headers": [(b"host", host)] if host is not None else [],
    }  # fmt: skip
    asyncio.run(Front(application, Proxies.parse([]), Threads(), Probes("token"))(scope, receive, send))
    return sent[0]["status"], hosts


@pytest.mark.parametrize("host", [b"wa.toko.example", b"WA.Toko.Example:8443", b"localhost:8000", b"[::1]:8000"])
def test_a_known_host_is_answered(settings: Any, host: bytes) -> None:
    settings.ALLOWED_HOSTS = HOSTS
    assert ask(host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [None, b"", b"penipu.example", b"wa.toko.example.penipu.example", b"wa.toko.example,penipu.example",
     b"penipu@wa.toko.example", b"wa.toko.example/..", b"[::1", b"\xff"],
)  # fmt: skip
def test_another_host_gets_421(settings: Any, host: bytes | None) -> None:
    settings.ALLOWED_HOSTS = HOSTS
    assert ask(host) == (421, [])


def test_an_address_that_the_machine_gets_later_is_answered_with_lan(settings: Any) -> None:
    """A laptop starts WABolt before its Wi-Fi is connected, or the router gives it another address."""
    settings.ALLOWED_HOSTS = ["wa.toko.example"]  # nothing else was known at the start
    for host, answers in (("127.0.0.1", False), ("192.168.1.20", False), ("0.0.0.0", True)):
        settings.ANSWERS_OWN_ADDRESSES = environment_of(host, "")["WABOLT_OWN_ADDRESSES"] == "1"
        assert ask(b"127.0.0.1:8000")[0] == (200 if answers else 421), host
    assert RequestFactory().get("/", HTTP_HOST="127.0.0.1:8000").get_host() == "127.0.0.1:8000"
    for strange in (b"203.0.113.9", b"127.0.0.1.penipu.example", b"penipu.example", b"0.0.0.0", b"[127.0.0.1]"):
        assert ask(strange) == (421, []), strange


def test_a_wildcard_lets_the_addresses_and_names_of_this_machine_in() -> None:
    hosts = own_hosts("0.0.0.0")
    assert {"127.0.0.1", "[::1]"} & set(hosts)
    assert any(host.endswith(".local") for host in hosts)
    assert own_hosts("192.168.1.20") == ["192.168.1.20"]
    assert own_hosts("2001:db8::1") == ["[2001:db8::1]"]
