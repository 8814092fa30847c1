"""The client's address comes from a trusted proxy; a client cannot forge it with any spelling of the header."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.site.front.head import Proxies, environ_of

PROXY, STRANGER, CLIENT, FORGED = "127.0.0.1", "192.0.2.7", "203.0.113.9", "198.51.100.1"
PROXIES = Proxies.parse(["127.0.0.1", "::1", "10.0.0.0/8"])
SPELLINGS = (b"x_forwarded_for", b"X_Forwarded_For", b"x-forwarded_for", b"X_Forwarded-For")


def environ(peer: str, *headers: tuple[bytes, bytes]) -> dict[str, object]:
    return environ_of(
        {
            "method": "GET", "path": "/", "query_string": b"", "scheme": "http", "http_version": "1.1",
            "client": (peer, 4711), "server": ("127.0.0.1", 8000), "headers": [(b"host", b"wa.toko.example"), *headers],
        },
        PROXIES,
    )  # fmt: skip


def seen(peer: str, *headers: tuple[bytes, bytes]) -> tuple[object, object]:
    result = environ(peer, *headers)
    return result["REMOTE_ADDR"], result["wsgi.url_scheme"]


@pytest.mark.parametrize(("spelling", "is_first"), list(product(SPELLINGS, (True, False))))
def test_other_spelling_of_the_header_is_ignored(spelling: bytes, is_first: bool) -> None:
    forged = [(spelling, FORGED.encode()), (spelling.replace(b"or", b"OR"), FORGED.encode())]
    own = [(b"x-forwarded-for", CLIENT.encode()), (b"x-forwarded-proto", b"https")]
    headers = [*forged, *own] if is_first else [*own, *forged]
    assert seen(PROXY, *headers, (b"X_Forwarded_Proto", b"http")) == (CLIENT, "https")


@pytest.mark.parametrize(
    "headers",
    [
        [(b"X-FORWARDED-for", FORGED.encode()), (b"x-forwarded-for", CLIENT.encode())],
        [(b"X-Forwarded-For", f"{FORGED}, {CLIENT}".encode())],
        [(b"X-Forwarded-For", f"{FORGED},{CLIENT}:51000, 10.1.2.3".encode())],
        [(b"Forwarded", f"for={FORGED}".encode()), (b"x-forwarded-for", CLIENT.encode())],
        [(b"X-Real-IP", FORGED.encode()), (b"x-forwarded-for", CLIENT.encode())],
    ],
)
def test_the_last_address_that_is_no_proxy_is_the_client(headers: list[tuple[bytes, bytes]]) -> None:
    assert seen(PROXY, *headers)[0] == CLIENT


def test_the_proxy_is_the_client_where_it_names_none() -> None:
    assert seen(PROXY) == (PROXY, "http")
    assert seen(PROXY, (b"x-forwarded-for", b"unknown")) == (PROXY, "http")
    assert seen("::ffff:127.0.0.1", (b"x-forwarded-for", CLIENT.encode()))[0] == CLIENT


def test_untrusted_peer_is_the_client() -> None:
    headers = [(b"x-forwarded-for", FORGED.encode()), (b"x-forwarded-proto", b"https")]
    assert seen(STRANGER, *headers) == (STRANGER, "http")


@given(
    st.sampled_from([PROXY, STRANGER]),
    st.lists(st.tuples(st.from_regex(r"[A-Za-z_-]*[Ff]orwarded[A-Za-z_-]*", fullmatch=True), st.text("0123456789.,"))),
)
def test_django_gets_no_forwarding_headers(peer: str, headers: list[tuple[str, str]]) -> None:
    result = environ(peer, *[(name.encode(), value.encode()) for name, value in headers])
    assert not [key for key in result if "HTTP_X_FORWARDED" in key or key == "HTTP_FORWARDED"]


def test_repeated_headers_are_joined() -> None:
    result = environ(PROXY, (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"Accept", b"y"))
    assert (result["HTTP_COOKIE"], result["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")
