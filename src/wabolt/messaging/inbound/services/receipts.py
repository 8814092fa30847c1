"""Receipts: they come late, twice and out of order, and lead to the same state."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock, metrics
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.outbox.reasons import REASONS
from wabolt.messaging.store.events import event_data
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.rules import (
    WENT_OUT,
    ReceiptKind,
    State,
    may_be_retried,
    message_state,
    receipts_of_attempt,
)

WAITS_FOR = timedelta(days=2)
"""Time that a receipt waits for its message. An older one belongs to a message that was sent from the phone's own app.
"""


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt as a provider reports it. `kind`: sent, delivered, read or failed. `detail`: may begin with a code of
    `reasons.REASONS`, which becomes the reason of a failure. `ref`: our reference from `Outgoing` if the provider
    returns it; it finds a message whose provider id is unknown. `resend_after`: a failed message may be sent again
    after this time."""

    provider_id: str
    kind: str
    at: datetime
    detail: str = ""
    ref: str | None = None
    resend_after: timedelta | None = None


@transaction.atomic
def settle_receipts(*, channel: Channel, receipts: Sequence[NewReceipt]) -> int:
    """Stores receipts once per message and kind, updates the messages and records events; returns how many messages
    changed. A receipt that comes before its message waits and is matched later."""
    if not receipts:
        return 0
    unique = _once(receipts)
    owners, named = _owners(channel, unique)
    _lock(owners.values())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_receipt AS r
                (channel_id, provider_id, kind, message_id, at, detail, received_at, resend_at)
            SELECT %s, v.provider_id, v.kind, v.message_id, v.at, v.detail, %s, v.resend_at
            FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[])
                AS v (provider_id, kind, message_id, at, detail, resend_at)
            ORDER BY v.provider_id, v.kind
            ON CONFLICT (channel_id, provider_id, kind) DO UPDATE
                SET at = least(r.at, excluded.at), message_id = coalesce(r.message_id, excluded.message_id)
                WHERE excluded.at < r.at OR (r.message_id IS NULL AND excluded.message_id IS NOT NULL)
            RETURNING new.message_id, new.kind, new.at, old.message_id IS NULL
            """,
            [
                channel.pk,
                clock.now(),
                [receipt.provider_id for receipt in unique],
                [receipt.kind for receipt in unique],
                [owners.get(receipt.provider_id) for receipt in unique],
                [receipt.at for receipt in unique],
                [receipt.detail[:200] for receipt in unique],
                [receipt.resend_after and receipt.at + receipt.resend_after for receipt in unique],
            ],
        )
        changed_rows = [row for row in cursor.fetchall() if row[0] is not None]
    fresh = [(message_id, kind, at) for message_id, kind, at, is_fresh in changed_rows if is_fresh]
    for _message_id, kind, _at in fresh:
        metrics.receipts.labels(str(channel.pk), kind).inc()
    return _settle(channel, {row[0] for row in changed_rows}, fresh, named)


def match_waiting_receipts(*, channel: Channel, provider_ids: Collection[str] | None = None) -> int:
    """Matches waiting receipts with their messages, for these provider ids only if given; returns how many messages
    changed."""
    which = ""
    params: list[Any] = [channel.pk, clock.now() - WAITS_FOR]
    if provider_ids is not None:
        which, params = " AND r.provider_id = ANY(%s)", [*params, list(provider_ids)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT r.id, m.id FROM messaging_receipt r
            JOIN messaging_message m ON m.channel_id = r.channel_id AND m.provider_id = r.provider_id
            WHERE r.channel_id = %s AND r.message_id IS NULL AND r.received_at > %s{which}
            """,
            params,
        )
        pairs = cursor.fetchall()
    return _match(channel, pairs) if pairs else 0


@transaction.atomic
def _match(channel: Channel, pairs: Sequence[tuple[int, int]]) -> int:
    """Settles these receipts, (receipt id, message id), unless another process did it meanwhile."""
    _lock(message_id for _, message_id in pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_receipt r SET message_id = v.message_id
            FROM unnest(%s::bigint[], %s::bigint[]) AS v (id, message_id)
            WHERE r.id = v.id AND r.message_id IS NULL RETURNING r.message_id, r.kind, r.at
            """,
            [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
        )
        fresh = cursor.fetchall()
    return _settle(channel, {row[0] for row in fresh}, fresh, {})


def _once(receipts: Iterable[NewReceipt]) -> list[NewReceipt]:
    """The earliest receipt per message and kind, so that the order of arrival does not matter."""
    earliest: dict[tuple[str, str], NewReceipt] = {}
    for receipt in receipts:
        key = (receipt.provider_id, receipt.kind)
        if key not in earliest or receipt.at < earliest[key].at:
            earliest[key] = receipt
    return list(earliest.values())


def _owners(channel: Channel, receipts: Sequence[NewReceipt]) -> tuple[dict[str, int], dict[int, str]]:
    """({provider id: message id}, {message id: provider id of messages found by our `ref`}). Messages are found by
    their id, by receipts of an earlier attempt, and by `ref`."""
    ids = list({receipt.provider_id for receipt in receipts})
    sent = Message.objects.filter(channel=channel, direction=Message.Direction.OUTBOUND)
    owners = cast("dict[str, int]", dict(sent.filter(provider_id__in=ids).values_list("provider_id", "pk")))
    if strange := [name for name in ids if name not in owners]:
        earlier = Receipt.objects.filter(channel=channel, provider_id__in=strange, message__isnull=False)
        owners |= cast("dict[str, int]", dict(earlier.values_list("provider_id", "message")))
    refs = {
        int(receipt.ref): receipt.provider_id
        for receipt in receipts
        if receipt.provider_id not in owners and receipt.ref and receipt.ref.isdecimal() and len(receipt.ref) < 19
    }
    named = {}
    if refs:
        # The id of a message to an erased person stays unknown: it may contain the person's number.
        known = sent.filter(pk__in=refs, provider_id=None, contact__erased_at=None).values_list("pk", flat=True)
        named = {pk: refs[pk] for pk in known}
    return owners | {name: pk for pk, name in named.items()}, named


def _lock(message_ids: Iterable[int]) -> None:
    """Locks these messages in order of id, which avoids deadlocks with the lane and other receipts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM messaging_message WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(message_ids))]
        )


@dataclass(slots=True)
class _ReceiptHistory:
    """All receipts of one message: {(provider id, kind): (time, detail, time of the next attempt)}."""

    receipts: dict[tuple[str, ReceiptKind], tuple[datetime, str, datetime | None]] = field(default_factory=dict)

    def of_attempt(self, provider_id: str | None) -> dict[ReceiptKind, tuple[datetime, str, datetime | None]]:
        """The receipts that count for the attempt with this provider id; the earliest of each kind."""
        kinds = receipts_of_attempt(self.receipts, provider_id)
        found: dict[ReceiptKind, tuple[datetime, str, datetime | None]] = {}
        for (name, kind), what in self.receipts.items():
            if kind in kinds and (name == provider_id or kind in ("delivered", "read")):
                found[kind] = min(found.get(kind, what), what, key=lambda one: one[0])
        return found


def _settle(
    channel: Channel, message_ids: Collection[int], fresh: Sequence[tuple[int, str, datetime]], named: dict[int, str]
) -> int:
    """Updates locked messages from all their receipts. `named`: provider ids learned just now."""
    if not message_ids:
        return 0
    histories: dict[int, _ReceiptHistory] = defaultdict(_ReceiptHistory)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message_id, provider_id, kind, at, detail, resend_at FROM messaging_receipt"
            " WHERE message_id = ANY(%s)",
            [list(message_ids)],
        )
        for message_id, provider_id, kind, at, detail, resend_at in cursor.fetchall():
            histories[message_id].receipts[provider_id, kind] = (at, detail, resend_at)
        cursor.execute(
            """
            SELECT id, state, sent_at, delivered_at, read_at, reason, detail, provider_id, contact_id,
                origin_kind, origin_id
            FROM messaging_message WHERE id = ANY(%s)
            """,
            [list(message_ids)],
        )
        before = cursor.fetchall()
        changes, again = [], []
        for row in before:
            change = _change(row, histories[row[0]].of_attempt(row[7] or named.get(row[0])), named.get(row[0]))
            if change is None:
                continue
            moment = _retry_at(row[1], change, histories[row[0]])
            if moment is None:
                changes.append(change)
            else:
                again.append((row[0], moment))
        if changes:
            cursor.execute(
                """
                UPDATE messaging_message m SET state = v.state, sent_at = v.sent_at, delivered_at = v.delivered_at,
                    read_at = v.read_at, reason = v.reason, detail = v.detail, provider_id = v.provider_id
                FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
                    %s::text[], %s::text[], %s::text[])
                    AS v (id, state, sent_at, delivered_at, read_at, reason, detail, provider_id)
                WHERE m.id = v.id
                """,
                [list(column) for column in zip(*changes, strict=True)],
            )
        if again:
            cursor.execute(_QUEUE_AGAIN, [list(column) for column in zip(*again, strict=True)])
    back = {pk for pk, _moment in again}
    _record(channel.workspace, before, {change[0]: change for change in changes}, fresh, back)
    return len(changes) + len(again)


# The message is queued again and everything is checked again. The failed attempt keeps its receipts, so a late receipt
# still finds the message. The next attempt sets a new provider id.
_QUEUE_AGAIN = """
    UPDATE messaging_message m SET state = 'queued', reason = '', detail = '', provider_id = NULL, sent_at = NULL,
        lane_token = NULL, attempted_at = NULL, not_before = v.not_before,
        text = CASE WHEN m.content_id IS NULL THEN m.text ELSE '' END
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS v (id, not_before) WHERE m.id = v.id
"""


def _retry_at(before: State, change: tuple[Any, ...], history: _ReceiptHistory) -> datetime | None:
    """The time at which a message that has just failed is sent again; None if it is not."""
    failed = history.receipts.get((change[7], "failed"))
    if failed is None or failed[2] is None or not may_be_retried(before, change[1], history.receipts):
        return None
    return failed[2]


def _change(
    row: tuple[Any, ...], kinds: dict[ReceiptKind, tuple[datetime, str, datetime | None]], provider_id: str | None
) -> tuple[Any, ...] | None:
    """The new values of a message, or None when its receipts change nothing."""
    pk, state, sent_at, delivered_at, read_at, reason, detail, known_id = row[:8]
    now_state = message_state(cast("State", state), kinds)
    went_out = now_state in WENT_OUT
    times = {kind: entry[0] for kind, entry in kinds.items()}
    arrivals = [times[kind] for kind in ("delivered", "read") if kind in times]
    if went_out or sent_at is not None:
        outward = [times[kind] for kind in WENT_OUT if kind in times]
        sent_at = min([sent_at, *outward]) if sent_at else min(outward)
    if now_state in {"delivered", "read"}:
        delivered_at, read_at = min(arrivals), times.get("read")
    if went_out:
        reason, detail = "", ""
    elif now_state == "failed" and state != "failed":
        detail = kinds["failed"][1]
        word = detail.partition(" ")[0]
        reason = word if word in REASONS else "not_delivered"
    after = (pk, now_state, sent_at, delivered_at, read_at, reason, detail, known_id or provider_id)
    return after if after != tuple(row[:8]) else None


def _record(
    workspace: Workspace,
    before: Sequence[tuple[Any, ...]],
    changes: dict[int, tuple[Any, ...]],
    fresh: Sequence[tuple[int, str, datetime]],
    back: Collection[int],
) -> None:
    """Records an event for each new receipt, and `message_sent` if only a receipt shows it. A failed message that is
    queued again (`back`) gets `message_held`."""
    rows = {row[0]: row for row in before}
    events = []
    for pk, row in rows.items():
        sent_at = changes[pk][2] if pk in changes else row[2]
        if row[2] is None and sent_at is not None:
            events.append(NewEvent(row[8], "message_sent", sent_at, event_data(pk, row[9], row[10])))
    for pk, kind, at in fresh:
        if kind != "sent" and pk in rows:
            row = rows[pk]
            word = "held" if kind == "failed" and pk in back else kind
            events.append(NewEvent(row[8], f"message_{word}", at, event_data(pk, row[9], row[10])))
    record_events(workspace=workspace, events=events)
