"""Opening requests, and everything about them that is not the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.services import open_alert
from wabolt.channels.models import Channel
from wabolt.consent.models import Purpose
from wabolt.consent.services import ConsentStatement, clear_doubts, object_to_profiling, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import with_absorbed
from wabolt.lib import clock, formats
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Message
from wabolt.messaging.queries import channel_for
from wabolt.messaging.services import Draft, queue_messages
from wabolt.privacy.models import DataRequest, RequestStep
from wabolt.privacy.queries import alert_data
from wabolt.privacy.services.deadline_alerts import resolve_request_alerts

ORIGIN = "privacy_request"
"""`Message.origin_kind` of everything that is written to a person about a request, and `ConsentEvent.source`."""
NEW = "privacy.new"
_RECEIVED = "received"
"""Key of the confirmation. Its `Message.to_phone` is the number that asked, to which every answer goes."""
ENDS_PROMOTIONS = frozenset({DataRequest.Kind.ERASURE, DataRequest.Kind.OBJECTION})
"""Kinds of request that end promotions at once, before a member has looked."""
_AUDITED: dict[str, str] = {
    RequestStep.Kind.OPENED: "privacy_request.open",
    RequestStep.Kind.ASKED_AGAIN: "privacy_request.open",
    RequestStep.Kind.ASSIGNED: "privacy_request.assign",
    RequestStep.Kind.NOTED: "privacy_request.note",
    RequestStep.Kind.SENT: "privacy_request.answer",
    RequestStep.Kind.CORRECTED: "privacy_request.answer",
    RequestStep.Kind.RESTRICTED: "privacy_request.answer",
    RequestStep.Kind.OBJECTED: "privacy_request.answer",
    RequestStep.Kind.LIFTED: "privacy_request.lift",
    RequestStep.Kind.ERASING: "privacy_request.erase",
    RequestStep.Kind.REFUSED: "privacy_request.refuse",
    RequestStep.Kind.CANCELLED: "privacy_request.cancel",
}
"""The audit action of a step that a member takes. PACKED has none: SENT follows it in the same transaction."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The way in which a person asked: `source`, the message and the chat if there is one, and what was said.

    `phone`: the number (E.164) that wrote the message. It is the identity of the person; a contact can have other
    numbers, of other people even. "": the team wrote the request down, or WhatsApp hides the number.
    """

    source: str
    message: Message | None = None
    channel: Channel | None = None
    details: str = ""
    evidence: Mapping[str, Any] | None = None
    phone: str = ""


@transaction.atomic
def open_request(
    *, workspace: Workspace, contact_id: int, kind: str, asked: Asked, actor: User | None = None
) -> DataRequest:
    """Opens a request and confirms it to the person. A second one of the same kind returns the open one.

    An erasure and an objection end promotions and profiling at once. Raises Contact.DoesNotExist, and DomainError
    "bad_kind".
    """
    if kind not in DataRequest.Kind.values:
        raise DomainError(_("Choose what the person asks for."), code="bad_kind", field="kind")
    contact = Contact.objects.select_for_update(no_key=True, of=("self",)).get(
        workspace=workspace, pk=contact_id, erased_at=None
    )
    details = storable(asked.details).strip()[:1000]
    message_id = asked.message.pk if asked.message else None
    if kind in ENDS_PROMOTIONS:
        end_promotions(workspace=workspace, contact_id=contact.pk, asked=asked, actor=actor)
        object_to_profiling(workspace=workspace, contact_id=contact.pk)
    known = DataRequest.objects.filter(contact=contact, kind=kind, state__in=("open", "erasing")).first()
    if known is not None:
        add_step(known, RequestStep.Kind.ASKED_AGAIN, actor, details, message_id)
        _confirm_again(known, asked)
        return known
    request = DataRequest.objects.create(
        workspace=workspace,
        contact=contact,
        kind=kind,
        source=asked.source,
        details=details,
        message_id=message_id,
        channel=asked.channel or channel_for(workspace, contact),
        opened_at=asked.message.created_at if asked.message else clock.now(),
    )
    add_step(request, RequestStep.Kind.OPENED, actor, details, message_id)
    open_alert(workspace=workspace, kind=NEW, subject=str(request.pk), data=alert_data(request))
    _confirm(request, asked)
    return request


def end_promotions(*, workspace: Workspace, contact_id: int, asked: Asked, actor: User | None = None) -> None:
    """Ends the permission for promotions because the person objects, in the caller's transaction."""
    statement = ConsentStatement(
        Purpose.MARKETING,
        ORIGIN,
        evidence=dict(asked.evidence or {}),
        actor=actor,
        at=asked.message.created_at if asked.message else None,
    )
    withdraw(workspace=workspace, contact_ids=[contact_id], statement=statement, renew=False)
    clear_doubts(workspace=workspace, contact_ids=[contact_id])


@transaction.atomic
def assign_request(*, request: DataRequest, owner: User | None, actor: User) -> DataRequest:
    """Makes a member responsible for a request. Raises DomainError "closed" and "not_a_member"."""
    request = locked(request)
    if owner and not Membership.objects.filter(workspace=request.workspace, user=owner).exists():
        raise DomainError(_("This person is not in the team."), code="not_a_member", field="owner")
    if request.owner != owner:
        request.owner = owner
        request.save(update_fields=["owner"])
        add_step(request, RequestStep.Kind.ASSIGNED, actor, str(owner or ""))
    return request


@transaction.atomic
def note_on_request(*, request: DataRequest, text: str, actor: User) -> None:
    """Adds a note to the history. Raises DomainError "empty"."""
    words = storable(text).strip()[:1000]
    if not words:
        raise DomainError(_("Write the note first."), code="empty", field="note")
    add_step(request, RequestStep.Kind.NOTED, actor, words)


@transaction.atomic
def refuse_request(*, request: DataRequest, reason: str, actor: User) -> DataRequest:
    """Refuses a request and tells the person why. Raises DomainError "empty" and "closed"."""
    request = locked(request)
    words = storable(reason).strip()[:1000]
    if not words:
        raise DomainError(_("Write the reason. The person will read it."), code="empty", field="reason")
    with override(request.workspace.language):
        text = _("About your request no. %(number)s: we cannot do it. The reason: %(reason)s") % {
            "number": request.pk,
            "reason": words,
        }
    message = write(request, text, key="refused")
    return close(request, DataRequest.State.REFUSED, RequestStep.Kind.REFUSED, actor, words, message)


@transaction.atomic
def cancel_request(*, request: DataRequest, actor: User) -> DataRequest:
    """Closes a request that the person has taken back. Raises DomainError "closed"."""
    return close(locked(request), DataRequest.State.CANCELLED, RequestStep.Kind.CANCELLED, actor)


def locked(request: DataRequest) -> DataRequest:
    """The request under a row lock, in the caller's transaction. Raises DomainError "closed" unless it is open."""
    found = (
        DataRequest.objects.select_for_update(of=("self",))
        .select_related("workspace", "contact", "channel")
        .get(workspace=request.workspace_id, pk=request.pk)
    )
    if found.state != DataRequest.State.OPEN:
        raise DomainError(_("This request is closed already."), code="closed")
    return found


def close(
    request: DataRequest,
    state: str,
    step: str,
    actor: User | None,
    note: str = "",
    message: Message | None = None,
) -> DataRequest:
    """Closes a locked request, in the caller's transaction."""
    request.state, request.closed_at, request.erase_at = state, clock.now(), None
    request.save(update_fields=["state", "closed_at", "erase_at"])
    add_step(request, step, actor, note, message.pk if message else None)
    resolve_request_alerts(request)
    return request


def add_step(
    request: DataRequest, kind: str, actor: User | None, note: str = "", message_id: int | None = None
) -> RequestStep:
    """Adds an entry to the history, and an audit entry for a step of a member, in the caller's transaction."""
    if actor is not None and kind in _AUDITED:
        record_audit(
            workspace=request.workspace, actor=actor, action=_AUDITED[kind], target=("privacy_request", request.pk),
            data={"request_kind": str(request.kind)},
        )  # fmt: skip
    return RequestStep.objects.create(
        request=request, kind=kind, actor=actor, note=note[:1000], message_id=message_id, at=clock.now()
    )


def write(
    request: DataRequest, text: str, *, key: str, media: MediaFile | None = None, to_phone: str | None = None
) -> Message | None:
    """Queues a message to the person in the chat of the request; None if the shop has no number, or the message of this
    key exists already.

    `to_phone`: as `Asked.phone`; None: the number that asked. Raises DomainError for a file that the channel cannot
    send.
    """
    channel = request.channel or channel_for(request.workspace, request.contact)
    if channel is None:
        return None
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=ORIGIN,
        key=f"{request.pk}:{key}",
        text=text,
        priority=Message.Priority.REPLY,
        media=media,
        to_phone=_number_that_asked(request) if to_phone is None else to_phone,
    )
    queued = queue_messages(workspace=request.workspace, channel=channel, contact_ids=[request.contact_id], draft=draft)
    return queued[0] if queued else None


def _number_that_asked(request: DataRequest) -> str:
    """The number to which the confirmation of the request went; as `Asked.phone`."""
    people = with_absorbed(request.workspace, [request.contact_id])
    keys = [f"{ORIGIN}:{request.pk}:{_RECEIVED}:{contact_id}" for contact_id in people]
    confirmation = Message.objects.filter(workspace=request.workspace, idempotency_key__in=keys)
    return confirmation.values_list("to_phone", flat=True).first() or ""


def _confirm(request: DataRequest, asked: Asked) -> None:
    workspace = request.workspace
    with override(workspace.language):
        due = formats.moment(request.due_at, workspace.tz, workspace.language)
        text = _(
            "We have received your request “%(what)s” (no. %(number)s)."
            " You get our answer here by %(due)s at the latest."
        ) % {"what": DataRequest.Kind(request.kind).label, "number": request.pk, "due": due}
        if request.kind in ENDS_PROMOTIONS:
            text += " " + _("Promotions have stopped already.")
        if request.kind == DataRequest.Kind.CORRECTION and asked.message is not None and not request.details:
            text += " " + _("Please write here what is wrong and what is right.")
    write(request, text, key=_RECEIVED, to_phone=asked.phone)


def _confirm_again(request: DataRequest, asked: Asked) -> None:
    """Tells a person who asks again by message that the request is open, at most once a day."""
    if asked.message is None:
        return
    workspace = request.workspace
    with override(workspace.language):
        due = formats.moment(request.due_at, workspace.tz, workspace.language)
        text = _("Your request no. %(number)s is with us. You get our answer by %(due)s at the latest.") % {
            "number": request.pk,
            "due": due,
        }
    write(request, text, key=f"again:{asked.message.created_at:%Y%m%d}", to_phone=asked.phone)
