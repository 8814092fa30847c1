"""The supervised process that serves the public address. Import it after `set_up_django`."""

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import click
from django.db import DatabaseError, connection
from django.utils import translation

from wabolt.public_address.models import AddressState
from wabolt.public_address.queries import Found, words_of
from wabolt.public_address.services import record_finding
from wabolt.site.caddy.config import Ports
from wabolt.site.caddy.log import CertificateEntry
from wabolt.site.caddy.names import INTERNAL, PublicNames, remember_names
from wabolt.site.caddy.options import FOLDER, caddy_missing
from wabolt.site.caddy.preflight import examine_name, examine_ports
from wabolt.site.caddy.process import Plan, run_caddy
from wabolt.site.caddy.program import CaddyMissingError, find_caddy
from wabolt.site.words import language

RETRY_EVERY = 15.0  # seconds between attempts to start


def accept_names(home: Path, public: PublicNames) -> None:
    """Remembers new names. Raises click.ClickException if Caddy cannot listen on its ports.

    Only new names are refused, because then a person reads the reason. At a later start, sending must not depend on a
    free port, so `serve` waits for it.
    """
    found = examine_ports([public.http_port, public.https_port])
    if found:
        raise click.ClickException(sentences_of(found))
    remember_names(home, public)


def serve(home: Path, public: PublicNames, web_port: int, terminal: int) -> None:
    """Runs in the supervised process. Waits for Caddy to be installed and for free ports, examines DNS, and runs Caddy.

    `terminal`: a file descriptor for sentences to the owner. Findings are also stored for the page "Public address".
    """
    record = _recorder(terminal)
    _wait_for_program(terminal)
    before = None
    while (found := examine_ports([public.http_port, public.https_port])) is not None:
        if found != before:
            record(AddressState.Part.START, found)
        before = found
        time.sleep(RETRY_EVERY)
    problems = [found for name in public.names if (found := examine_name(name))] if public.authority != INTERNAL else []
    record(AddressState.Part.START, problems[0] if problems else None)
    port = urlsplit(os.environ["WABOLT_PUBLIC_URL"]).port or 443
    ports = Ports(web_port, public.http_port, public.https_port, port)

    def on_entry(entry: CertificateEntry) -> None:
        record(AddressState.Part.CERTIFICATE, entry.found)

    run_caddy(Plan(public, ports, os.environ["WABOLT_PROXY_SECRET"], home / FOLDER), on_entry)


def _wait_for_program(terminal: int) -> None:
    """Returns when Caddy is installed; prints how to install it."""
    is_printed = False
    while True:
        try:
            find_caddy()
        except CaddyMissingError:
            if not is_printed:
                _print(terminal, caddy_missing())
                is_printed = True
            time.sleep(RETRY_EVERY)
        else:
            return


def _print(terminal: int, sentence: str) -> None:
    with contextlib.suppress(OSError):  # the terminal was closed
        os.write(terminal, f"{sentence}\n".encode())


def _recorder(terminal: int) -> Callable[..., None]:
    """Returns a function that stores a finding, and prints it if it is a problem that was not printed before."""
    printed: set[str] = set()

    def record(part: AddressState.Part, finding: Found | None) -> None:
        sentence = sentences_of(finding) if finding else ""
        if sentence and sentence not in printed:
            printed.add(sentence)
            _print(terminal, sentence)
        try:
            record_finding(part=part, found=finding)
        except DatabaseError as error:
            sys.stderr.write(f"not stored: {error}\n")
        finally:
            connection.close()

    return record


def sentences_of(finding: Found) -> str:
    """Returns a problem and its remedy in the terminal's language."""
    with translation.override(language()):
        words = words_of(finding)
    return f"{words.what} {words.remedy}"
