"""A call to an address that a browser or a form gave ends, also if its peer sends a byte now and then for ever."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest
from pytest_django import Settings

from tests.guards.layout import SOURCE
from wabolt.accounts.models import Membership
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts import services as alerts
from wabolt.alerts.services import MailSettings
from wabolt.alerts.tests.push_service import PushService
from wabolt.lib import outgoing
from wabolt.lib.webhooks import post_signed
from wabolt.operations.queries import ReleaseSource
from wabolt.operations.services import updates
from wabolt.public_address.services import checking

CLIENTS = ("httpx.Client(", "httpx.AsyncClient(", "httpx.stream(", "smtplib", "urllib.request", "HTTPConnection(")
KNOWN_PEERS = {
    "channels/providers/cloud/graph.py",  # Meta
    "backups/places/s3_uploads.py",  # the storage of the backups, into which large files go
    "channels/providers/linked/profile.py",  # WhatsApp, in the child process of one number
    "site/command/running.py",  # this installation
}
CALLS: dict[str, Callable[[Membership, int], object]] = {}


@dataclass
class Dripping:
    """A peer that sends a byte now and then and never a whole line. `left`: a client has closed its connection."""

    port: int
    left: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _address = listening.accept()
                threading.Thread(target=self._drip, args=[connection], daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(0.02)
            for _turn in range(1000):
                try:
                    connection.sendall(b"2")
                    while connection.recv(4096):
                        pass
                except TimeoutError:
                    continue
                except OSError:
                    pass
                self.left.set()
                return


@pytest.fixture
def peer(socket_enabled: None) -> Iterator[Dripping]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Dripping(listening.getsockname()[1])
        threading.Thread(target=found.serve, args=[listening], daemon=True).start()
        yield found
        listening.shutdown(socket.SHUT_RDWR)


def call(make: Callable[[Membership, int], object]) -> Callable[[Membership, int], object]:
    CALLS[make.__name__] = make
    return make


@call
def webhook(member: Membership, port: int) -> None:
    with pytest.raises(httpx.HTTPError):
        post_signed(f"http://127.0.0.1:{port}/", body=b"{}", message_id="1", workspace_id=1)


@call
def push(member: Membership, port: int) -> None:
    subscription = PushService(f"http://127.0.0.1:{port}").new_browser()
    alerts.add_device(user=member.user, subscription=subscription)
    [result] = alerts.send_test(membership=member, channel="push", language="id")
    assert (result.state, result.reason.partition(":")[0]) == ("later", "unreachable")


@call
def mail(member: Membership, port: int) -> None:
    _send_mail(member, port, "none")


@call
def mail_over_tls(member: Membership, port: int) -> None:
    _send_mail(member, port, "tls")


def _send_mail(member: Membership, port: int, security: str) -> None:
    values = MailSettings("127.0.0.1", port, security, "", None, "toko@example.com")
    alerts.save_mail_server(workspace=member.workspace, values=values, by=member.user)
    [result] = alerts.send_test(membership=member, channel="email", language="id")
    assert result.state == "later"


@call
def newer_version(member: Membership, port: int) -> None:
    with pytest.raises(updates.CheckError):
        updates._ask(ReleaseSource(f"http://127.0.0.1:{port}", is_repository=False))


@call
def public_address(member: Membership, port: int) -> None:
    problem, _validity = checking.ask(f"http://127.0.0.1:{port}")
    assert problem is not None


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLS)
def test_a_call_ends_before_its_peer_does(
    name: str, peer: Dripping, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVATE_PEERS = True
    monkeypatch.setattr(outgoing, "LONGEST_CALL", 0.3)
    workspace = make_workspace()
    member = Membership.objects.get(user=make_member(workspace), workspace=workspace)
    began = time.monotonic()
    CALLS[name](member, peer.port)
    assert peer.left.wait(30)
    assert time.monotonic() - began < 15, "the peer would have gone on for 20 seconds"


def test_every_client_of_addresses_outside_has_a_deadline() -> None:
    without = []
    for path in SOURCE.rglob("*.py"):
        place, text = path.relative_to(SOURCE).as_posix(), path.read_text("utf-8")
        is_client = any(word in text for word in CLIENTS) and "/tests/" not in place
        if is_client and place not in KNOWN_PEERS and "Deadline(" not in text:
            without.append(place)
    assert not without, "make the call within lib.outgoing.Deadline"


def test_https_calls_trust_the_same_authorities() -> None:
    """httpx trusts certifi's alone by default and reads them for each client. `public_address` adds Caddy's own one."""
    own = {"public_address/services/checking.py": "verify=_trusted()"}
    for path in SOURCE.rglob("*.py"):
        place = path.relative_to(SOURCE).as_posix()
        text = "" if "/tests/" in place else path.read_text(encoding="utf-8")
        assert text.count("httpx.Client(") == text.count(own.get(place, "verify=trusted_authorities()")), place
