"""What stands between the web server and Django."""

from io import BytesIO

import pytest

from wabolt.site.wsgi import application

pytestmark = pytest.mark.django_db


def asked_for(**environ: str) -> dict[str, object]:
    """The environment of a request for a page, as the application has left it."""
    asked: dict[str, object] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/offline/",
        "SERVER_NAME": "wa.toko.example",
        "SERVER_PORT": "80",
        "HTTP_HOST": "wa.toko.example",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9",
        "HTTP_X_FORWARDED_PROTO": "https",
        **environ,
    }
    answer = application(asked, lambda _status, _headers: None)
    answer.close()
    return asked


def test_a_web_server_on_this_machine_is_believed_who_calls() -> None:
    seen = asked_for(REMOTE_ADDR="127.0.0.1")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("203.0.113.9", "https")


def test_nobody_else_is() -> None:
    seen = asked_for(REMOTE_ADDR="192.0.2.7")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("192.0.2.7", "http")
