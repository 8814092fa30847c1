"""The self-check: the installation asks itself through its public address."""

import contextlib
import secrets
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.urls import reverse

from wabolt.alerts.services import open_alert_of_installation, resolve_alert_of_installation
from wabolt.lib import clock, jobs
from wabolt.lib.outgoing import Deadline
from wabolt.lib.public_address import Reach, absolute_url, who_can_open
from wabolt.public_address.models import AddressState
from wabolt.public_address.queries import signature_of
from wabolt.public_address.rules import Found, Problem, Validity, expires_soon, is_down, judge_answer, judge_failure
from wabolt.public_address.services.recording import record_finding

DOWN, EXPIRES = "public_address.down", "public_address.certificate_expires"
TIMEOUT = 10.0
"""Seconds for each step of the connection."""
LONGEST = 1000
"""Bytes of the answer that are read."""


def check_address() -> None:
    """Asks the public address to sign a nonce, stores the result, and opens or resolves the alerts.

    If the address is not public, it only resolves the alerts.

    Only the operator sets the address. Redirects are not followed, and the answer is neither stored nor shown, so the
    check reveals nothing about other servers.
    """
    if who_can_open() is not Reach.EVERYONE and not settings.PUBLIC_CA:
        resolve_alert_of_installation(kind=DOWN)
        resolve_alert_of_installation(kind=EXPIRES)
        return
    found, validity = ask(absolute_url(""))
    until = validity.end if validity else None
    state = record_finding(part=AddressState.Part.ANSWER, found=found, certificate_until=until)
    now = clock.now()
    if is_down(state.since if found else None, now):
        open_alert_of_installation(kind=DOWN, data={"url": state.url, "problem": state.problem, **state.data})
    elif found is None:
        resolve_alert_of_installation(kind=DOWN)
    if validity is not None and expires_soon(validity, now):
        open_alert_of_installation(kind=EXPIRES, data={"url": state.url, "until": validity.end.isoformat()})
    elif validity is not None:
        resolve_alert_of_installation(kind=EXPIRES)


def check_address_soon() -> None:
    """Defers a check of the address to a worker, because it can take half a minute."""
    jobs.defer("public_address.check_now", once="public_address.check_now")


def ask(url: str) -> tuple[Found | None, Validity | None]:
    """Returns what is wrong with the answer of `url` (None: nothing) and the validity of its certificate."""
    nonce = secrets.token_urlsafe(24)
    path = reverse("public_address:prove", args=[nonce])
    validity, headers = None, {"Connection": "close", "Accept-Encoding": "identity"}
    try:
        with (
            Deadline() as deadline,
            httpx.Client(verify=_trusted(), timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", f"{url}{path}", headers=headers, extensions={"trace": deadline.trace}) as response,
        ):
            validity = _validity_of(response)
            body = next(response.iter_raw(LONGEST), b"").decode("latin-1")
            location = response.headers.get("Location", "")
            return judge_answer(response.status_code, body, signature_of(nonce), location), validity
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
            return Found(Problem.DNS_MISSING, {"name": urlsplit(url).hostname or ""}), None
        return judge_failure(type(error).__name__, str(error)), validity


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _trusted() -> ssl.SSLContext:
    """Returns the system's certificate authorities, and Caddy's own one with `--acme-ca internal`."""
    context = ssl.create_default_context()
    if settings.PUBLIC_CA:
        with contextlib.suppress(OSError, ssl.SSLError):  # Caddy has not created it yet
            context.load_verify_locations(settings.PUBLIC_CA)
    return context


def _validity_of(response: httpx.Response) -> Validity | None:
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream else None
    certificate = connection.getpeercert() if connection else None
    if not certificate:
        return None
    begin, end = (ssl.cert_time_to_seconds(str(certificate[name])) for name in ("notBefore", "notAfter"))
    return Validity(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC))
