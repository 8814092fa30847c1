"""Receipts that arrive after the erasure of a person leave nothing of that person."""

from collections.abc import Collection
from functools import partial

from wabolt.channels.models import Channel
from wabolt.channels.services import forget_in_events
from wabolt.contacts.queries import erased_identities, has_erasures
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.inbound.parsing import ParsedBatch


def forget_late_receipts(channel: Channel, batch: ParsedBatch) -> None:
    """Empties the raw events of these receipts if they name an erased person, and deletes the receipts that belong to
    no message. A vendor's message id may contain the person's number."""
    if not batch.receipts or not has_erasures(channel.workspace):
        return
    is_erased = partial(erased_identities, channel.workspace)
    named = forget_in_events(channel=channel, raw_ids=list(batch.receipt_ids), is_erased=is_erased)
    if named:
        _delete_unmatched(channel, {name for raw in named for name in batch.receipt_ids.get(raw, ())})


def _delete_unmatched(channel: Channel, provider_ids: Collection[str]) -> None:
    Receipt.objects.filter(channel=channel, provider_id__in=provider_ids, message=None).delete()
