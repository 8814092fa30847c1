"""Queueing messages, and cancelling them while they wait."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.outbox.services.notify import wake_lane
from wabolt.messaging.sendable_files import check_carried
from wabolt.messaging.store.drafts import Answer, Draft, KeyedRow
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.services import insert_answers, insert_keyed, insert_queued, insert_queued_ids

MAX_TEXT = 4096
"""Characters; WhatsApp's limit for a text message."""

TEST_SOURCE = "test"
"""`Contact.source` of the placeholder that messages to members belong to."""

_CONTACTS = """
SELECT c.id, %(variables)s::jsonb FROM contacts_contact c
 WHERE c.workspace_id = %(workspace)s AND c.id = ANY(%(contacts)s) AND c.erased_at IS NULL ORDER BY c.id
"""


@transaction.atomic
def queue_messages(
    *, workspace: Workspace, channel: Channel, contact_ids: Iterable[int], draft: Draft
) -> list[Message]:
    """Queues `draft` for each of these contacts and returns the new messages, ordered by id.

    Erased contacts, contacts of another workspace, and contacts for whom the idempotency key exists already are left
    out. The policy is asked when the lane claims a message: what may not be sent ends as `suppressed` there.

    Raises DomainError "empty_text" or "text_too_long", and as `check_carried` for a file that the channel cannot send;
    ValueError for a channel or content of another workspace.
    """
    _check_workspace(workspace, channel)
    _check_draft(channel, draft)
    params = {"contacts": list(contact_ids), "variables": Jsonb(dict(draft.variables))}
    ids = insert_queued_ids(channel=channel, draft=draft, select_sql=_CONTACTS, params=params)
    wake_lane(channel.pk)
    return list(Message.objects.filter(pk__in=ids).order_by("pk"))


@transaction.atomic
def queue_answers(
    *, workspace: Workspace, channel: Channel, origin_kind: str, answers: Sequence[Answer]
) -> dict[int, int]:
    """Queues answers to waiting customers, each with a text of its own, in one statement. Returns {contact id: message
    id} of the new messages.

    An answer whose idempotency key exists already, and one to an erased contact, is left out. Raises DomainError
    "empty_text" or "text_too_long"; ValueError for a channel of another workspace.
    """
    _check_workspace(workspace, channel)
    if not answers:
        return {}
    for answer in answers:
        check_text(answer.text)
    queued = insert_answers(channel=channel, origin_kind=origin_kind, answers=answers)
    wake_lane(channel.pk)
    return queued


@transaction.atomic
def queue_to_member(*, workspace: Workspace, channel: Channel, draft: Draft) -> int | None:
    """Queues a message to `draft.to_phone`: a test send or an alert to a member, or a question to a number that is no
    contact yet. Returns the id of the message.

    It creates no contact: all such messages of a workspace belong to one placeholder, which is stored as erased and so
    is not counted anywhere. A message whose idempotency key exists is left out: None. Raises as `queue_messages`.
    """
    if not draft.to_phone:
        raise ValueError("a message to a member needs a number")
    _check_workspace(workspace, channel)
    _check_draft(channel, draft)
    placeholder = Contact.objects.filter(workspace=workspace, source=TEST_SOURCE, erased_at__isnull=False).first()
    if placeholder is None:
        placeholder = Contact.objects.create(workspace=workspace, source=TEST_SOURCE, erased_at=clock.now())
    params = {"s_contact": placeholder.pk, "s_variables": Jsonb(dict(draft.variables))}
    select = "SELECT %(s_contact)s::bigint, %(s_variables)s::jsonb"
    ids = insert_queued_ids(channel=channel, draft=draft, select_sql=select, params=params)
    wake_lane(channel.pk)
    return ids[0] if ids else None


def forget_phones(*, workspace: Workspace, message_ids: Collection[int]) -> None:
    """Removes the numbers of messages that `queue_to_member` queued, in the caller's transaction."""
    Message.objects.filter(workspace=workspace, pk__in=message_ids).update(to_phone="", variables={})


@transaction.atomic
def queue_from_select(
    *, workspace: Workspace, channel: Channel, draft: Draft, select_sql: str, params: Mapping[str, Any]
) -> int:
    """Queues one message per row of `select_sql` in one statement and returns how many are new.

    `select_sql` yields (contact_id bigint, variables jsonb) for contacts of this workspace, in sending order; its
    parameters are named, are given in `params`, and begin with "s_" (`%(s_broadcast)s`). It is safe to run again: a
    message whose idempotency key exists already is left out.
    """
    if any(not name.startswith("s_") for name in params):
        raise ValueError("parameters of a select begin with s_")
    _check_workspace(workspace, channel)
    count = insert_queued(channel=channel, draft=draft, select_sql=select_sql, params=params)
    wake_lane(channel.pk)
    return count


@transaction.atomic
def queue_keyed(*, workspace: Workspace, channel: Channel, draft: Draft, rows: Sequence[KeyedRow]) -> int:
    """Queues one message per row in one statement and returns how many are new. `draft` has the content or the text.

    It is safe to run again: a message whose idempotency key exists already is left out. Raises as `queue_messages`.
    """
    _check_workspace(workspace, channel)
    _check_draft(channel, draft)
    if not rows:
        return 0
    count = insert_keyed(channel=channel, draft=draft, rows=rows)
    wake_lane(channel.pk)
    return count


@transaction.atomic
def cancel_queued(
    *,
    workspace: Workspace,
    reason: str,
    contact_ids: Sequence[int] | None = None,
    origin: tuple[str, int] | None = None,
    purpose: str | None = None,
    keys: Sequence[str] | None = None,
) -> int:
    """Cancels queued messages for these contacts, of this origin (kind, id), of this purpose and with these
    idempotency keys, in the caller's transaction; returns how many. Contacts, an origin or keys have to be given.

    A message whose attempt was committed is no longer queued and is not changed.
    """
    if contact_ids is None and origin is None and keys is None:
        raise ValueError("say whose messages are cancelled")
    where = ["workspace_id = %(workspace)s", "state = 'queued'"]
    params: dict[str, Any] = {"workspace": workspace.pk, "reason": reason}
    if contact_ids is not None:
        where.append("contact_id = ANY(%(contacts)s)")
        params["contacts"] = list(contact_ids)
    if origin is not None:
        where.append("origin_kind = %(kind)s AND origin_id = %(origin)s")
        params["kind"], params["origin"] = origin
    if keys is not None:
        where.append("idempotency_key = ANY(%(keys)s)")
        params["keys"] = list(keys)
    if purpose is not None:
        where.append("purpose = %(purpose)s")
        params["purpose"] = purpose
    with connection.cursor() as cursor:
        # Locked in order of id like all writers of many messages, which avoids deadlocks.
        cursor.execute(
            f"""
            WITH due AS (SELECT id FROM messaging_message WHERE {" AND ".join(where)} ORDER BY id FOR UPDATE)
            UPDATE messaging_message m SET state = 'cancelled', reason = %(reason)s FROM due WHERE m.id = due.id
            """,
            params,
        )
        count: int = cursor.rowcount
    return count


@transaction.atomic
def release_held(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Makes promotions due now that were held for a doubt about these contacts."""
    held = Message.objects.filter(workspace=workspace, contact__in=contact_ids, state="queued", reason="stop_doubt")
    channels = set(held.values_list("channel", flat=True))
    held.update(not_before=clock.now(), reason="")
    for channel_id in channels:
        wake_lane(channel_id)


def check_text(text: str) -> None:
    """Raises DomainError "empty_text" or "text_too_long" (in characters, as WhatsApp counts them)."""
    if not text.strip():
        raise DomainError(_("Write something first."), code="empty_text", field="text")
    if len(text) > MAX_TEXT:
        raise DomainError(
            _("The text is too long: %(count)s of at most %(limit)s characters.")
            % {"count": len(text), "limit": MAX_TEXT},
            code="text_too_long",
            field="text",
        )


def _check_workspace(workspace: Workspace, channel: Channel) -> None:
    if channel.workspace_id != workspace.pk:
        raise ValueError("a channel of another workspace")


def _check_draft(channel: Channel, draft: Draft) -> None:
    if draft.media is not None:
        check_carried(channel=channel, media=draft.media, caption=draft.text)
    elif draft.content is None:
        check_text(draft.text)


def move_queued(*, workspace: Workspace, contact_id: int, keys: Sequence[str]) -> None:
    """Addresses the queued messages with these idempotency keys to this contact, in the caller's transaction. For a
    merge: nothing is sent to an absorbed contact."""
    moved = Message.objects.filter(workspace=workspace, state=Message.State.QUEUED, idempotency_key__in=keys)
    moved.exclude(contact=contact_id).update(contact=contact_id)
