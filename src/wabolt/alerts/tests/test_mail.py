"""E-mail against a real SMTP server on this machine: TLS modes, refusals, and a server that is down."""

import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.test import Client
from pytest_django import Settings
from tests.cases import each

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.alerts import services
from wabolt.alerts.models import Delivery, MailServer
from wabolt.alerts.services import MailSettings
from wabolt.alerts.tests.factories import KIND, battery, registered

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),  # the servers without STARTTLS
]
PASSWORD = "rahasia surat"


@pytest.fixture(autouse=True)
def _kind(settings: Settings) -> Iterator[None]:
    settings.PRIVATE_PEERS = True
    with registered(battery(severity="critical", channels=("email",))):
        yield


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return make_member(workspace)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for "localhost" that no other program trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("mail")
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@dataclass
class Mailbox:
    """The accepted messages. `refusal`: the answer to DATA instead. `protected`: whether STARTTLS came before."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    refusal: str = ""

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.refusal:
            return self.refusal
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients += envelope.rcpt_tos
        self.protected.append(session.ssl is not None)
        return "250 OK"


def _is_known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: object) -> AuthResult:
    ok = isinstance(given, LoginPassword) and (given.login, given.password) == (b"toko", PASSWORD.encode())
    return AuthResult(success=ok, handled=False)


@contextmanager
def smtp(certificate: tuple[Path, Path], *, tls: str = "starttls", **more: Any) -> Iterator[Mailbox]:
    """A mail server on a free port. `tls`: "starttls", "tls" or "none"."""
    box = Mailbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    options: dict[str, Any] = {
        "authenticator": _is_known,
        "auth_required": True,
        "auth_require_tls": tls != "none",
        **more,
    }
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    elif tls == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    if not options["auth_required"]:
        options |= {"authenticator": None, "auth_require_tls": False}
    with socket.socket() as free:  # aiosmtpd connects to its port, so it needs the number before it starts
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port, server_hostname="localhost", **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def set_up(workspace: Workspace, owner: User, port: int, security: str = "starttls", **more: Any) -> MailServer:
    values = {"username": "toko", "password": PASSWORD, "sender": "toko@contoh.example", **more}
    given = MailSettings(host="localhost", port=port, security=security, **values)
    return services.save_mail_server(workspace=workspace, values=given, by=owner)


def tell(workspace: Workspace, subject: str = "phone") -> None:
    services.open_alert(workspace=workspace, kind=KIND, subject=subject, data={"percent": 3})
    services.announce_due()
    services.deliver_due(channel="email")


@each("security", ["starttls", "tls"], undone=True)
def test_message_arrives_protected(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path], security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with smtp(certificate, tls=security) as box:
        set_up(workspace, owner, box.port, security)
        tell(workspace)
    [message] = box.messages
    assert box.recipients == [owner.email]
    assert box.protected == [security == "starttls"], "with TLS from the start there is no plain connection at all"
    assert message["Subject"] == "[Gaya Nusantara] phone: 3 percent left"
    assert message["Auto-Submitted"] == "auto-generated"
    delivery = Delivery.objects.get()
    assert delivery.state == "sent"
    assert f"alert-{delivery.pk}-" in message["Message-ID"]
    assert f"/alerts/{delivery.alert_id}/" in message.get_content()  # type: ignore[attr-defined]


def test_line_breaks_in_facts_add_no_headers(workspace: Workspace, owner: User, certificate: tuple[Path, Path]) -> None:
    with smtp(certificate, tls="none") as box:
        set_up(workspace, owner, box.port, "none")
        tell(workspace, "phone\r\nBcc: jahat@contoh.example\r\n\r\nteks")
    assert box.recipients == [owner.email]
    assert box.messages[0]["Bcc"] is None


def test_server_without_password(workspace: Workspace, owner: User, certificate: tuple[Path, Path]) -> None:
    with smtp(certificate, tls="none", auth_required=False) as box:
        set_up(workspace, owner, box.port, "none", username="", password=None)
        tell(workspace)
    assert len(box.messages) == 1


def _wrong_password(box: Mailbox) -> dict[str, Any]:
    return {"password": "salah"}


def _refuses_the_message(box: Mailbox) -> dict[str, Any]:
    box.refusal = "554 no"
    return {}


def _is_busy(box: Mailbox) -> dict[str, Any]:
    box.refusal = "451 later"
    return {}


@each(
    ("prepare", "problem", "state"),
    [
        (_wrong_password, "login", "waiting"),
        (_refuses_the_message, "refused", "failed"),
        (_is_busy, "refused", "waiting"),
    ],
    undone=True,
)
def test_refusal_is_noted_and_shown(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Mailbox], dict[str, Any]], problem: str, state: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with smtp(certificate) as box:
        set_up(workspace, owner, box.port, **prepare(box))
        tell(workspace)
    assert (MailServer.objects.get().problem, Delivery.objects.get().state) == (problem, state)
    client = Client()
    sign_in(client, owner)
    page = client.get("/settings/alerts/").content.decode()
    assert "Gagal: Server email menolak" in page
    assert "<b>Email</b><span>Siap" not in page


def test_server_is_ready_only_after_a_message_was_accepted(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    client = Client()
    sign_in(client, owner)
    with smtp(certificate) as box:
        set_up(workspace, owner, box.port)
        page = client.get("/settings/alerts/").content.decode()
        assert "<b>Email</b><span>Belum dites</span>" in page
        tell(workspace)
    assert "<b>Email</b><span>Siap</span>" in client.get("/settings/alerts/").content.decode()


def test_untrusted_certificate_gets_no_password(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path]
) -> None:
    with smtp(certificate) as box:
        set_up(workspace, owner, box.port)
        tell(workspace)
    assert box.messages == []
    assert MailServer.objects.get().problem == "certificate"


def test_dead_and_silent_servers_are_tried_again(workspace: Workspace, owner: User) -> None:
    set_up(workspace, owner, 1)
    tell(workspace)
    assert (MailServer.objects.get().problem, Delivery.objects.get().state) == ("unreachable", "waiting")


def test_server_without_starttls_gets_no_password(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path]
) -> None:
    with smtp(certificate, tls="none") as box:
        set_up(workspace, owner, box.port, "starttls")
        tell(workspace)
    assert box.messages == []
    assert MailServer.objects.get().problem == "security"


def test_private_servers_and_other_ports_are_refused_by_default(
    workspace: Workspace, owner: User, settings: Settings, certificate: tuple[Path, Path]
) -> None:
    settings.PRIVATE_PEERS = False
    client = Client()
    sign_in(client, owner)
    form = {
        "host": "localhost",
        "port": "22",
        "security": "tls",
        "username": "toko",
        "password": "x",
        "sender": "a@b.example",
    }
    refused = client.post("/settings/alerts/mail/", form)
    assert refused.status_code == 422
    assert "587" in refused.content.decode()
    client.post("/settings/alerts/mail/", {**form, "port": "587"})
    answer = client.post("/settings/alerts/test/", {"channel": "email"}, follow=True)
    assert "tidak ada di internet" in answer.content.decode()


def test_password_is_sealed_never_shown_and_goes_to_no_other_server(workspace: Workspace, owner: User) -> None:
    server = set_up(workspace, owner, 587)
    assert PASSWORD not in server.sealed_password
    client = Client()
    sign_in(client, owner)
    assert PASSWORD not in client.get("/settings/alerts/mail/").content.decode()
    form = {"port": "587", "security": "starttls", "username": "toko", "password": "", "sender": "toko@contoh.example"}
    kept = client.post("/settings/alerts/mail/", {**form, "host": "localhost", "port": "465"})
    assert kept.status_code == 302
    moved = client.post("/settings/alerts/mail/", {**form, "host": "penyadap.example"})
    assert moved.status_code == 422
    assert MailServer.objects.get().host == "localhost"


def test_settings_leave_audit_entries_without_the_password(workspace: Workspace, owner: User) -> None:
    set_up(workspace, owner, 587)
    services.remove_mail_server(workspace=workspace, by=owner)
    entries = AuditEntry.objects.filter(action__startswith="mail_server")
    assert [entry.action for entry in entries.order_by("pk")] == ["mail_server.change", "mail_server.remove"]
    assert PASSWORD not in str([entry.data for entry in entries])
    assert not MailServer.objects.exists()


@each("role", ["viewer", "agent", "manager"], undone=True)
def test_only_the_owner_changes_the_mail_server(workspace: Workspace, role: str) -> None:
    client = Client()
    sign_in(client, make_member(workspace, role))
    assert client.get("/settings/alerts/mail/").status_code == 403


def test_mail_server_of_one_shop_carries_no_alert_of_another(
    workspace: Workspace, owner: User, certificate: tuple[Path, Path]
) -> None:
    other = make_workspace("Lain")
    make_member(other, email="lain@contoh.example")
    with smtp(certificate, tls="none") as box:
        set_up(workspace, owner, box.port, "none")
        tell(other)
    assert box.messages == []
