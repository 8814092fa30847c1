"""Verifies webhook calls of Meta and commits their events. Intake parses the events later."""

import hmac
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from wabolt.channels import services
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud.envelope import Piece, pieces, read_body
from wabolt.channels.services import NewRawEvent
from wabolt.lib import clock, vault

MAX_BODY = 3 * 1024 * 1024
"""Size of Meta's largest webhook call, according to its documentation."""

SIGNATURE = "X-Hub-Signature-256"
"""The header with the signature of a call."""


def account_for(channel_id: int) -> CloudAccount | None:
    """Returns the account in the address of a webhook call with its channel; None for an archived number."""
    found = CloudAccount.objects.select_related("channel")
    return found.filter(channel=channel_id, channel__archived_at=None).first()


def is_verified(account: CloudAccount, token: str) -> bool:
    """Whether the verify token of Meta's first call is right."""
    try:
        known = vault.unseal(account.sealed_verify_token)
    except vault.SealBrokenError:
        return False
    return hmac.compare_digest(known.encode(), token.encode("utf-8", "replace"))


def is_signed(account: CloudAccount, body: bytes, header: str) -> bool:
    """Whether the raw body is signed with the app secret. Compares in constant time."""
    try:
        secret = vault.unseal(account.sealed_app_secret)
    except vault.SealBrokenError:
        return False
    wanted = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), header.encode("utf-8", "replace"))


def take(account: CloudAccount, body: bytes) -> int:
    """Commits all events of a signed body and returns how many were new.

    An app has one webhook for all its numbers. Each event is stored for the number that it names. An event that names
    no number of this shop is stored for the number in the address. Raises envelope.BrokenBodyError.
    """
    found = list(pieces(read_body(body)))
    channels = _channels(account, {piece.number_id for piece in found if piece.number_id})
    now = clock.now()
    sorted_out: dict[Channel, list[NewRawEvent]] = {}
    for piece in found:
        channel = channels.get(piece.number_id) or account.channel
        is_foreign = bool(piece.number_id) and piece.number_id not in channels
        sorted_out.setdefault(channel, []).append(_raw(piece, "foreign_number" if is_foreign else piece.kind, now))
    if len(sorted_out) == 1:  # the usual case: one statement in its own transaction
        [(channel, events)] = sorted_out.items()
        return services.store_raw_events(channel=channel, events=_ordered(events))
    with transaction.atomic(durable=True):
        return sum(
            services.store_raw_events(channel=channel, events=_ordered(events))
            for channel, events in sorted(sorted_out.items(), key=lambda item: item[0].pk)
        )


def _channels(account: CloudAccount, number_ids: set[str]) -> dict[str, Channel]:
    if number_ids <= {account.phone_number_id}:
        return {account.phone_number_id: account.channel}
    others = CloudAccount.objects.filter(
        phone_number_id__in=number_ids,
        channel__workspace=account.channel.workspace_id,
        channel__archived_at=None,
    )
    found = {other.phone_number_id: other.channel for other in others.select_related("channel")}
    return found | {account.phone_number_id: account.channel}


def _raw(piece: Piece, kind: str, now: datetime) -> NewRawEvent:
    return NewRawEvent(kind, piece.payload, piece.at or now, piece.dedupe_key)


def _ordered(events: list[NewRawEvent]) -> list[NewRawEvent]:
    """Sorts by time and key, so that two calls with the same events wait for each other instead of deadlocking."""
    return sorted(events, key=lambda event: (event.occurred_at, event.dedupe_key or ""))
