"""E-mail: the mail server of a workspace, and sending through it."""

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.models import MailServer
from wabolt.alerts.registry import Item, Letter, Result
from wabolt.lib import clock, vault
from wabolt.lib.errors import DomainError
from wabolt.lib.outgoing import Deadline, PrivateAddressError, resolve_public
from wabolt.lib.public_address import Reach, absolute_url, who_can_open

SECONDS = 10
"""Time-out of each step of a conversation with a mail server."""
PORTS = frozenset({25, 465, 587, 2525})
"""Ports of mail servers. Others are refused, so that the form cannot probe machines."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The settings of a mail server. `password` None keeps the stored one."""

    host: str
    port: int
    security: str
    username: str
    password: str | None
    sender: str


@transaction.atomic
def save_mail_server(*, workspace: Workspace, values: MailSettings, by: User) -> MailServer:
    """Stores the mail server of a workspace. Raises DomainError for values that no mail server has.

    A new host or user name needs the password again: a stored password is sent to no other server.
    """
    if values.security not in MailServer.Security.values:
        raise DomainError(_("Choose how the connection is protected."), field="security")
    if values.port not in PORTS and not settings.PRIVATE_PEERS:
        raise DomainError(_("Mail servers use port 587, 465, 25 or 2525."), field="port")
    if values.security == MailServer.Security.NONE and values.username and not settings.PRIVATE_PEERS:
        raise DomainError(_("Without protection, others could read the password on its way."), field="security")
    stored = MailServer.objects.select_for_update().filter(workspace=workspace).first()
    server = stored or MailServer(workspace=workspace)
    moved = (server.host, server.username) != (values.host, values.username)
    if values.password is None and values.username and server.pk and moved and server.sealed_password:
        raise DomainError(_("Type the password again: the server or the user name changed."), field="password")
    changes = {
        name: [getattr(server, name) if server.pk else "", getattr(values, name)]
        for name in ("host", "port", "security", "username", "sender")
        if not server.pk or getattr(server, name) != getattr(values, name)
    }
    server.host, server.port, server.security = values.host, values.port, values.security
    server.username, server.sender = values.username, values.sender
    if values.password is not None:
        server.sealed_password = vault.seal(values.password) if values.password else ""
    server.problem, server.problem_at = MailServer.UNTESTED, None
    server.save()
    record_audit(
        workspace=workspace, actor=by, action="mail_server.change", target=("mail_server", server.pk), data=changes
    )
    return server


@transaction.atomic
def remove_mail_server(*, workspace: Workspace, by: User) -> None:
    """Forgets the mail server with its password. Alerts are no longer sent by e-mail."""
    server = MailServer.objects.filter(workspace=workspace).first()
    if server is not None:
        record_audit(workspace=workspace, actor=by, action="mail_server.remove", target=("mail_server", server.pk))
        server.delete()


def targets(memberships: Sequence[Membership]) -> Mapping[int, Sequence[str]]:
    """Everyone in a workspace with a mail server, at the address with which they sign in."""
    shops = set(MailServer.objects.values_list("workspace", flat=True))
    return {one.pk: [""] for one in memberships if one.workspace_id in shops}


def send(letter: Letter) -> Result:
    """Sends an e-mail and notes on the server's row whether it worked."""
    server = MailServer.objects.filter(workspace=letter.membership.workspace).first()
    if server is None:
        return Result("failed", "not_set_up")
    result = _transmit(server, _message(server, letter))
    problem = "" if result.state == "sent" else result.reason.partition(":")[0]
    MailServer.objects.filter(pk=server.pk).update(problem=problem, problem_at=clock.now() if problem else None)
    return result


def words(reason: str) -> str:
    """The sentence for the reason of a failure."""
    sentences = {
        "not_set_up": _("No mail server is set up yet."),
        "private": _("The mail server is not on the internet."),
        "unreachable": _("The mail server does not answer. Check its name and port, and the internet connection."),
        "certificate": _("The certificate of the mail server is not valid, so nothing was sent to it."),
        "security": _("The mail server does not offer STARTTLS. Choose another protection."),
        "login": _("The mail server refused the user name or the password."),
        "seal": _("The stored password can no longer be opened. Type it again."),
        "sender": _("The mail server refused the sender address."),
        "recipient": _("The mail server refused the address of the recipient."),
    }
    return sentences.get(reason.partition(":")[0], _("The mail server refused the message."))


def _transmit(server: MailServer, message: EmailMessage) -> Result:
    try:
        password = vault.unseal(server.sealed_password) if server.sealed_password else ""
    except vault.SealBrokenError:
        return Result("later", "seal")
    try:
        address = resolve_public(server.host, server.port)
        with Deadline() as deadline, _connect(server, address, deadline) as connection:
            if server.username:
                connection.login(server.username, password)
            connection.send_message(message)
    except smtplib.SMTPException as error:
        return _refusal(error)
    except PrivateAddressError:
        return Result("failed", "private")
    except ssl.SSLError:
        return Result("later", "certificate")
    except OSError as error:
        return Result("later", f"unreachable: {type(error).__name__}")
    return Result("sent")


class _Plain(smtplib.SMTP):
    """A client whose connection ends with a deadline."""

    deadline: Deadline

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # SMTP_SSL extends this method too
        connection = socket.create_connection((host, port), timeout)
        self.deadline.hold(connection)
        return connection


class _Protected(smtplib.SMTP_SSL, _Plain):
    """The same over TLS: SMTP_SSL starts TLS on the connection of the next class."""


def _connect(server: MailServer, address: str, deadline: Deadline) -> smtplib.SMTP:
    """A connection to the approved address; certificates are checked against the name of the host."""
    context = ssl.create_default_context()
    connection: _Plain
    if server.security == MailServer.Security.TLS:
        connection = _Protected(timeout=SECONDS, context=context, local_hostname=_our_name())
    else:
        connection = _Plain(timeout=SECONDS, local_hostname=_our_name())
    connection.deadline = deadline
    connection._host = server.host  # type: ignore[attr-defined]  # smtplib checks certificates against this name
    try:
        _expect_greeting(*connection.connect(address, server.port))
        if server.security == MailServer.Security.STARTTLS:
            connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def _our_name() -> str:
    """The name in EHLO: that of the public address, else a literal (RFC 5321, section 4.1.3)."""
    host = urlsplit(absolute_url("")).hostname or ""
    return host if who_can_open() is Reach.EVERYONE and not host[-1:].isdigit() else "[127.0.0.1]"


def _expect_greeting(code: int, text: bytes) -> None:
    if code != 220:
        raise smtplib.SMTPConnectError(code, text)


def _refusal(error: smtplib.SMTPException) -> Result:
    """Codes of 500 and above are final (RFC 5321). A refused login is tried again, because the owner can correct it."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Result("later", f"login: {error.smtp_code}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Result("later", "security")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _text in error.recipients.values()), default=0)
        return Result("failed" if code >= 500 else "later", f"recipient: {code}")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Result("later", f"sender: {error.smtp_code}")
    if isinstance(error, smtplib.SMTPResponseException):
        return Result("failed" if error.smtp_code >= 500 else "later", f"refused: {error.smtp_code}")
    return Result("later", f"unreachable: {type(error).__name__}")


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    shop = letter.membership.workspace.name
    message = EmailMessage()
    message["Subject"] = f"[{_line(shop)}] {_line(_subject(letter))}"[:200]
    message["From"] = formataddr((f"WABolt {_line(shop)}"[:80], server.sender))
    message["To"] = letter.membership.user.email
    message["Date"] = formatdate(clock.now().timestamp())
    # The same for each attempt: mail programs show a message that arrives twice only once.
    message["Message-ID"] = f"<alert-{letter.key}-{letter.membership.pk}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office reply (RFC 3834)
    message.set_content(_text(letter))
    return message


def _subject(letter: Letter) -> str:
    if not letter.items:
        return _("Test of the alerts")
    if len(letter.items) == 1:
        return letter.items[0].sentence
    count = len(letter.items)
    return ngettext("%(count)s thing waits for you", "%(count)s things wait for you", count) % {"count": count}


def _text(letter: Letter) -> str:
    parts = [_paragraph(item) for item in letter.items] or [_("The test arrived. Alerts by e-mail work.")]
    settings_url = absolute_url(reverse("alerts:preferences"))
    parts.append("-- \n" + _("Choose what you are told: %(url)s") % {"url": settings_url})
    return "\n\n".join(parts) + "\n"


def _paragraph(item: Item) -> str:
    page = absolute_url(reverse("alerts:open", args=[item.alert_id]))
    return "\n".join(filter(None, (item.sentence, item.advice, page)))


def _line(text: str) -> str:
    return " ".join(text.split())
