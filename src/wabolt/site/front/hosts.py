"""The host names under which this installation answers."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from wabolt.lib.addresses import own_addresses
from wabolt.site.front.answer import Answer

# Plain text in both languages: nothing is rendered for a request that is not meant for this installation.
_TEXT = (
    b"Alamat ini tidak dikenal oleh WABolt ini. Bukalah alamat yang ditampilkan WABolt saat dinyalakan.\n\n"
    b"This WABolt does not answer under this name. Open the address that it shows at its start.\n"
    b"To add a name: WABOLT_HOSTS (docs/operations.md).\n"
)


def host_of(environ: dict[str, Any]) -> str:
    """Returns the Host header of the request, "" if it has none."""
    return str(environ.get("HTTP_HOST", ""))


def is_known_host(environ: dict[str, Any]) -> bool:
    """Returns whether the Host header of the request names this installation (`ALLOWED_HOSTS`)."""
    domain, _port = split_domain_port(host_of(environ))
    return bool(domain) and (validate_host(domain, settings.ALLOWED_HOSTS) or _is_new_address(domain))


def _is_new_address(domain: str) -> bool:
    """Returns whether `domain` is an address that this machine got after the start, and makes Django answer it too.

    Only with `--lan`. A page of another site cannot use it: its requests carry that site's name (DNS rebinding).
    """
    if not settings.ANSWERS_OWN_ADDRESSES or domain.strip("[]") not in own_addresses():
        return False
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, domain]
    return True


def unknown_host() -> Answer:
    """Returns the 421 response to a request for another host."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), (b"connection", b"close")
    ]  # fmt: skip
    return Answer(HTTPStatus.MISDIRECTED_REQUEST, headers, BytesIO(_TEXT), len(_TEXT))
