"""What Meta tells us: checked, taken apart and committed. Understanding it is intake's work, later."""

import hmac
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from wabolt.channels import services
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud import vault
from wabolt.channels.providers.cloud.envelope import Piece, pieces, read_body
from wabolt.channels.services import NewRawEvent
from wabolt.lib import clock

MAX_BODY = 3 * 1024 * 1024
"""What Meta says its largest webhook has."""


def account_for(channel_id: int) -> CloudAccount | None:
    """The account that the webhook's address names, with its channel; none of a number taken out of use."""
    found = CloudAccount.objects.select_related("channel")
    return found.filter(channel=channel_id, channel__archived_at=None).first()


def is_verified(account: CloudAccount, token: str) -> bool:
    """Whether Meta's first call knows the verify token."""
    try:
        known = vault.unseal(account.sealed_verify_token)
    except vault.SealBrokenError:
        return False
    return hmac.compare_digest(known.encode(), token.encode("utf-8", "replace"))


def is_signed(account: CloudAccount, body: bytes, header: str) -> bool:
    """Whether the raw body was signed with the app secret, compared in constant time."""
    try:
        secret = vault.unseal(account.sealed_app_secret)
    except vault.SealBrokenError:
        return False
    wanted = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), header.encode("utf-8", "replace"))


def take(account: CloudAccount, body: bytes) -> int:
    """Stores everything in a signed body, durably, and answers how much of it was new. One app has one address for all
    its numbers, so each thing goes to the number that it names; what names none of this shop's is kept here.

    Raises envelope.BrokenBodyError for what is no JSON.
    """
    told = list(pieces(read_body(body)))
    channels = _channels(account, {piece.number_id for piece in told if piece.number_id})
    now = clock.now()
    sorted_out: dict[Channel, list[NewRawEvent]] = {}
    for piece in told:
        channel = channels.get(piece.number_id) or account.channel
        is_foreign = bool(piece.number_id) and piece.number_id not in channels
        sorted_out.setdefault(channel, []).append(_raw(piece, "foreign_number" if is_foreign else piece.kind, now))
    if len(sorted_out) == 1:  # as nearly always: one statement in a transaction of its own
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
    """In order of time and name: two calls that tell the same at once wait for each other and do not deadlock."""
    return sorted(events, key=lambda event: (event.occurred_at, event.dedupe_key or ""))
