"""Parses the entries of Caddy's log about certificates."""

import json
import re
from dataclasses import dataclass

from wabolt.public_address.queries import Found, Problem

_ACME = re.compile(r"urn:ietf:params:acme:error:(\w+)")
_BY_TYPE = {  # https://www.rfc-editor.org/rfc/rfc8555#section-6.7
    "rateLimited": Problem.RATE_LIMITED,
    "unauthorized": Problem.UNAUTHORIZED,
    "incorrectResponse": Problem.UNAUTHORIZED,
    "caa": Problem.CAA,
    "dns": Problem.DNS_MISSING,
    "connection": Problem.UNREACHABLE,
    "tls": Problem.UNREACHABLE,
    "rejectedIdentifier": Problem.NAME_REJECTED,
}
_CLOCK = re.compile(r"certificate has expired or is not yet valid")
_OFFLINE = re.compile(r"no such host|network is unreachable|i/o timeout|connection refused|no route to host")
_RETRY = re.compile(r"retry after (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) UTC")
_REFUSED = "could not get certificate from issuer"
_OBTAINED = ("certificate obtained successfully", "certificate renewed successfully")


@dataclass(frozen=True)
class CertificateEntry:
    """An entry of the log about a certificate. `found`: why it was refused, None if it was obtained."""

    found: Found | None


def read_line(line: str) -> CertificateEntry | None:
    """Returns the entry about a certificate in a line of Caddy's JSON log; None for any other line."""
    try:
        entry = json.loads(line)
        message = entry["msg"]
    except (ValueError, KeyError, TypeError):
        return None
    if message in _OBTAINED:
        return CertificateEntry(None)
    if message != _REFUSED:
        return None
    error = str(entry.get("error", ""))
    retry = _RETRY.search(error)
    data = {
        "name": str(entry.get("identifier", "")),
        "detail": error.rpartition(" - ")[2][:300],
        "retry_at": retry[1] if retry else "",
    }
    return CertificateEntry(Found(_problem(error), data))


def _problem(error: str) -> Problem:
    kind = _ACME.search(error)
    if kind:
        return _BY_TYPE.get(kind[1], Problem.CERTIFICATE_REFUSED)
    if _CLOCK.search(error):
        return Problem.CLOCK
    return Problem.AUTHORITY_OFFLINE if _OFFLINE.search(error) else Problem.CERTIFICATE_REFUSED
