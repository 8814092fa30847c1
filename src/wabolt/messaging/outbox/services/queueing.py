"""Putting messages into lanes, and taking them out while they wait."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers.base import Choice
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.messaging.carrying import check_carried
from wabolt.messaging.outbox.services.notify import wake_lane
from wabolt.messaging.store.models import Message, MessageContent

MAX_TEXT = 4096

_INSERT = """
    INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority,
        origin_kind, origin_id, content_id, variables, text, media_id, quoted_id, author_id, reason, detail, not_before,
        created_at)
    SELECT %(workspace)s, %(channel)s, q.contact_id, 'outbound', 'queued', %(purpose)s, %(priority)s,
        %(origin_kind)s, %(origin_id)s, %(content)s, q.variables, %(text)s, %(media)s, %(quoted)s, %(author)s, '', '',
        %(not_before)s, %(now)s
    FROM ({select}) q (contact_id, variables)
    ON CONFLICT (origin_id, contact_id) WHERE origin_kind = 'broadcast' DO NOTHING
"""
_CONTACTS = """
    SELECT c.id, %(variables)s::jsonb FROM contacts_contact c
    WHERE c.workspace_id = %(workspace)s AND c.id = ANY(%(contacts)s) AND c.erased_at IS NULL ORDER BY c.id
"""


@transaction.atomic
def queue_messages(
    *,
    workspace: Workspace,
    channel: Channel,
    contact_ids: Iterable[int],
    purpose: str,
    origin_kind: str,
    origin_id: int | None = None,
    text: str = "",
    content: MessageContent | None = None,
    priority: int = Message.Priority.BULK,
    quoted: Message | None = None,
    author: User | None = None,
    variables: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
    choices: Sequence[Choice] = (),
    choices_label: str = "",
    media: MediaFile | None = None,
) -> list[Message]:
    """Queues one message for each of these contacts of the workspace (others are left out) and returns them.

    `text` is sent as it stands; `content` is rendered for each at the moment of sending, with `variables` as they are
    now. The policy is asked when the lane takes a message, so what may not be sent ends as `suppressed` there.
    A broadcast that already queued a contact does not queue it again. `choices` stand under a `text` as buttons or
    as a list that `choices_label` opens; where a number has no such thing, as numbered lines. `media` goes with a
    `text`, its caption, which may be empty then; a content has its own.
    Raises DomainError "empty_text" or "text_too_long", and as `check_carried` for what the number cannot carry.
    """
    if content is not None:
        if text or media:
            raise ValueError("give a text or a content")
    elif media is not None:
        check_carried(channel=channel, media=media, caption=text)
    else:
        check_text(text)
    fixed_values = dict(variables or {})
    if choices:
        fixed_values |= {"choices": [asdict(choice) for choice in choices], "choices_label": choices_label}
    given = {"contacts": list(contact_ids), "variables": Jsonb(fixed_values)}
    fixed = _fixed(workspace, channel, purpose, origin_kind, origin_id, content, priority, not_before)
    fixed |= {"text": text, "media": media and media.pk}
    fixed |= {"quoted": quoted and quoted.pk, "author": author and author.pk}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(select=_CONTACTS) + " RETURNING id", fixed | given)
        ids = [row[0] for row in cursor.fetchall()]
    wake_lane(channel.pk)
    return list(Message.objects.filter(pk__in=ids).order_by("pk"))


@transaction.atomic
def queue_from_select(
    *,
    workspace: Workspace,
    channel: Channel,
    purpose: str,
    origin_kind: str,
    origin_id: int | None,
    content: MessageContent,
    select_sql: str,
    params: Mapping[str, Any],
    priority: int = Message.Priority.BULK,
    not_before: datetime | None = None,
) -> int:
    """Queues one message per row of `select_sql` in one statement and returns how many.

    `select_sql` yields (contact_id bigint, variables jsonb) for contacts of this workspace, in sending order; its
    parameters are named, are given in `params`, and begin with "s_" (`%(s_broadcast)s`). Safe to run again: what a
    broadcast already queued is left alone.
    """
    if any(not name.startswith("s_") for name in params):
        raise ValueError("parameters of a select begin with s_")
    fixed = _fixed(workspace, channel, purpose, origin_kind, origin_id, content, priority, not_before)
    fixed |= {"text": "", "media": None, "quoted": None, "author": None}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(select=select_sql), fixed | dict(params))
        count: int = cursor.rowcount
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
) -> int:
    """Cancels what waits for these contacts, of this origin (kind, id) and of this purpose, in the caller's
    transaction, and returns how many messages that were. At least contacts or an origin must be named.

    A message whose attempt was already committed is no longer waiting and is left alone.
    """
    if contact_ids is None and origin is None:
        raise ValueError("say whose messages are cancelled")
    where = ["workspace_id = %(workspace)s", "state = 'queued'"]
    params: dict[str, Any] = {"workspace": workspace.pk, "reason": reason}
    if contact_ids is not None:
        where.append("contact_id = ANY(%(contacts)s)")
        params["contacts"] = list(contact_ids)
    if origin is not None:
        where.append("origin_kind = %(kind)s AND origin_id = %(origin)s")
        params["kind"], params["origin"] = origin
    if purpose is not None:
        where.append("purpose = %(purpose)s")
        params["purpose"] = purpose
    with connection.cursor() as cursor:
        # Locked in order of id, as every other writer of many messages does: no deadlock between two of them.
        cursor.execute(
            f"""
            WITH due AS (SELECT id FROM messaging_message WHERE {" AND ".join(where)} ORDER BY id FOR UPDATE)
            UPDATE messaging_message m SET state = 'cancelled', reason = %(reason)s FROM due WHERE m.id = due.id
            """,
            params,
        )
        count: int = cursor.rowcount
    return count


def check_text(text: str) -> None:
    """Raises DomainError "empty_text" or "text_too_long" (in the characters WhatsApp counts)."""
    if not text.strip():
        raise DomainError(_("Write something first."), code="empty_text", field="text")
    if len(text) > MAX_TEXT:
        raise DomainError(
            _("The text is too long: %(count)s of at most %(limit)s characters.")
            % {"count": len(text), "limit": MAX_TEXT},
            code="text_too_long",
            field="text",
        )


def _fixed(
    workspace: Workspace,
    channel: Channel,
    purpose: str,
    origin_kind: str,
    origin_id: int | None,
    content: MessageContent | None,
    priority: int,
    not_before: datetime | None,
) -> dict[str, Any]:
    if channel.workspace_id != workspace.pk or (content is not None and content.workspace_id != workspace.pk):
        raise ValueError("channel and content belong to another workspace")
    return {
        "workspace": workspace.pk,
        "channel": channel.pk,
        "purpose": purpose,
        "origin_kind": origin_kind,
        "origin_id": origin_id,
        "content": content and content.pk,
        "priority": int(priority),
        "not_before": not_before,
        "now": clock.now(),
    }
