"""Intake: processes every raw event exactly once.

A batch is stored in one transaction together with `processed_at`, so after a crash all of it or none is stored. If
something in a batch cannot be stored, the batch is halved until the event at fault is alone. That event is kept with
its error, tried again a few times, and then left aside.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext, override

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.registry import ConnectionChanged, IncomingMessage, Provider, get_provider
from wabolt.channels.services import set_state
from wabolt.commerce.services import CartLine, CartUpdate, NewLine, NewOrder, record_orders, update_carts
from wabolt.consent.queries import match_keyword, match_keywords
from wabolt.consent.services import ConsentStatement, withdraw
from wabolt.contacts.models import Contact, Identity, Merge
from wabolt.contacts.services import (
    NewEvent,
    create_reported,
    hold_contacts,
    merge_contacts,
    record_events,
    replace_identities,
    resolve_reported,
    touch_contacts,
)
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.messaging.inbound.faults import is_transient
from wabolt.messaging.inbound.opt_outs import opt_out
from wabolt.messaging.inbound.parsing import ParsedBatch, describe, parse_events, token_of
from wabolt.messaging.inbound.services.answering import answer_arrivals
from wabolt.messaging.inbound.services.erased import forget_late_receipts
from wabolt.messaging.inbound.services.files import expect_files
from wabolt.messaging.inbound.services.phone import store_own, store_updates
from wabolt.messaging.inbound.services.receipts import NewReceipt, settle_receipts
from wabolt.messaging.outbox.services.clicks import record_click
from wabolt.messaging.outbox.services.lanes import pause_for_warning
from wabolt.messaging.outbox.services.prices import record_prices
from wabolt.messaging.registry import Arrival
from wabolt.messaging.store.drafts import Arrived
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.services import insert_arrived, update_conversations

log = logging.getLogger(__name__)

SOURCE = "whatsapp"
"""`Contact.source` of a contact who wrote to the shop first."""
PAUSE_AFTER_BAN = timedelta(days=1)


class Intake(NamedTuple):
    """The result of `process_raw_events`. `is_drained`: each event that waited at the beginning has been processed."""

    processed: int
    is_drained: bool


def process_raw_events(channel: Channel, limit: int = 1000) -> Intake:
    """Processes up to `limit` waiting raw events of the channel, oldest first.

    Another process that works on the same channel gets other events. Raises only errors that do not come from the
    events (database down, deadlock); then nothing is changed.
    """
    ids = list(
        RawEvent.objects.filter(channel=channel, processed_at=None, attempts__lt=RawEvent.MAX_ATTEMPTS)
        .order_by("id")
        .values_list("id", flat=True)[:limit]
    )
    processed = _process_or_halve(channel, get_provider(channel), ids) if ids else 0
    return Intake(processed, is_drained=processed == len(ids) < limit)


def _process_or_halve(channel: Channel, provider: Provider, ids: Sequence[int]) -> int:
    try:
        with transaction.atomic():
            return _process(channel, provider, ids)
    except Exception as error:
        if is_transient(error):
            raise
        if len(ids) > 1:
            middle = len(ids) // 2
            first = _process_or_halve(channel, provider, ids[:middle])
            return first + _process_or_halve(channel, provider, ids[middle:])
        log.warning("raw event %s cannot be handled in", ids[0], exc_info=error)
        _opt_out_alone(channel, provider, ids[0])
        with transaction.atomic():
            _set_aside({ids[0]: describe(error)})
        return 1


def _process(channel: Channel, provider: Provider, ids: Sequence[int]) -> int:
    waiting = RawEvent.objects.filter(pk__in=ids, processed_at=None).order_by("id")
    raws = list(waiting.select_for_update(skip_locked=True))
    batch = parse_events(provider, raws)
    owners = _Owners(channel)
    for change in batch.changes:
        if set_state(channel=channel, state=change.state, detail=change.detail, at=change.at):
            _pause_after_ban(channel, change)
    receipts = [
        NewReceipt(provider_id, receipt.kind, receipt.at, receipt.detail, receipt.ref, receipt.resend_after)
        for receipt in batch.receipts
        for provider_id in receipt.provider_ids
    ]
    if receipts:
        settle_receipts(channel=channel, receipts=receipts)
        prices = [
            (provider_id, receipt.price, receipt.at)
            for receipt in batch.receipts
            if receipt.price is not None
            for provider_id in receipt.provider_ids
        ]
        record_prices(channel=channel, reported=prices)
    arrivals = _store_messages(channel, batch.messages, owners)
    # Applied first: nothing that fails later in this batch may keep promotions going to a contact who wrote STOP.
    stopped = [arrival for arrival in arrivals if opt_out(arrival)]
    store_own(channel, batch.own_messages, owners)
    edited, orphans = store_updates(channel, batch.updates)
    late = _store_messages(channel, orphans, owners)
    stopped += [arrival for arrival in late if opt_out(arrival)]
    arrivals += late
    _store_stops(channel, batch, owners)
    for click in batch.clicks:
        try:
            record_click(token=token_of(click.url), user_agent=click.user_agent, at=click.at)
        except DomainError as refusal:
            log.info("a click is not on a link of ours: %s", refusal.code)
    _store_purchases(channel, batch, owners)
    # A contact who edits a message into STOP has said STOP; nothing else is answered twice.
    changed = _arrivals(channel, [(message.contact, message) for message in edited], {})
    stopped += [arrival for arrival in changed if opt_out(arrival)]
    answer_arrivals(channel, arrivals, stopped)
    _change_addresses(channel, batch)
    now = clock.now()
    RawEvent.objects.filter(pk__in=batch.parsed).update(processed_at=now, error="")
    _set_aside(batch.broken)
    for raw_id, error in batch.unknown.items():
        RawEvent.objects.filter(pk=raw_id).update(processed_at=now, error=error)
    forget_late_receipts(channel, batch)
    return len(raws)


def _pause_after_ban(channel: Channel, change: ConnectionChanged) -> None:
    """Pauses a number for one more day after WhatsApp has blocked it for a while."""
    until = change.detail.get("until")
    if change.state == Channel.State.BANNED and isinstance(until, str):
        pause_for_warning(channel=channel, code="banned", until=datetime.fromisoformat(until) + PAUSE_AFTER_BAN)


def _set_aside(errors: dict[int, str]) -> None:
    """Counts a failed attempt for each of these raw events and stores its error."""
    if errors:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE channels_rawevent r SET attempts = r.attempts + 1, error = e.error"
                " FROM unnest(%s::bigint[], %s::text[]) AS e (id, error) WHERE r.id = e.id",
                [list(errors), list(errors.values())],
            )


class _Owners:
    """The contacts of the addresses in a batch: a few queries for known ones, one call per unknown one.

    The contacts are held until the batch is committed: a merge at the same moment would leave a STOP with the contact
    that it hides, and an erasure would leave the message.
    """

    def __init__(self, channel: Channel) -> None:
        self.workspace = channel.workspace
        self.known: dict[tuple[str, str], Contact] = {}

    def load(self, pairs: set[tuple[str, str]]) -> None:
        """Looks up the addresses that are not known yet."""
        unknown = sorted(pairs - set(self.known))
        if not unknown:
            return
        held: set[int] = set()
        # Looked up again after a wait: the address may belong to another contact then.
        while new := set((owners := self._owners_of(unknown)).values()) - held:
            hold_contacts(self.workspace, new)
            held |= new
        contacts = Contact.objects.filter(workspace=self.workspace, erased_at=None).in_bulk(held)
        self.known |= {pair: contacts[pk] for pair, pk in owners.items() if pk in contacts}

    def _owners_of(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.kind, i.value, i.contact_id FROM contacts_identity i"
                " JOIN unnest(%s::text[], %s::text[]) AS w (kind, value) USING (kind, value) WHERE i.workspace_id = %s",
                [[kind for kind, _ in pairs], [value for _, value in pairs], self.workspace.pk],
            )
            return {(kind, value): contact_id for kind, value, contact_id in cursor.fetchall()}

    def create(self, reported: Sequence[IncomingMessage]) -> None:
        """Creates the contacts of new senders, all at once as far as possible."""
        names: dict[tuple[tuple[str, str], ...], str] = {}
        for incoming in reported:
            addresses = tuple(incoming.identities)
            if not any(pair in self.known for pair in addresses):
                names[addresses] = names.get(addresses) or incoming.name
        if len(names) > 1:
            made = create_reported(workspace=self.workspace, people=names, source=SOURCE)
            self.known |= {pair: contact for addresses, contact in made.items() for pair in addresses}

    def find(self, identities: Sequence[tuple[str, str]], name: str = "") -> Contact:
        """The contact with these identities; it is created if there is none."""
        owners = [self.known.get(pair) for pair in identities]
        first = owners[0] if owners else None
        if first and all(owner and owner.pk == first.pk for owner in owners) and (first.name or not name):
            return first
        self._join(dict(zip(identities, owners, strict=True)))
        held: set[int] = set()
        while not held:  # a contact that was merged or erased between the two statements is looked up again
            contact, _ = resolve_reported(
                workspace=self.workspace, identities=list(identities), name=name, source=SOURCE
            )
            held = hold_contacts(self.workspace, [contact.pk])
        self.known |= dict.fromkeys(identities, contact)
        return contact

    def _join(self, owners: dict[tuple[str, str], Contact | None]) -> None:
        """Merges contacts that WhatsApp says are one person: one without a phone number into the one that has it. Two
        contacts with phone numbers stay two."""
        people = {owner.pk: owner for owner in owners.values() if owner is not None}
        if len(people) < 2:
            return
        numbered = set(
            Identity.objects.filter(contact__in=people, kind=Identity.Kind.PHONE).values_list("contact", flat=True)
        )
        if len(numbered) != 1:
            return
        [keep] = numbered
        for hidden in people.keys() - numbered:
            merge_contacts(workspace=self.workspace, keep_id=keep, absorb_id=hidden, reason=Merge.Reason.SAME_WHATSAPP)
        self.known = {pair: owner for pair, owner in self.known.items() if owner.pk not in people}


def _store_messages(channel: Channel, reported: Sequence[IncomingMessage], owners: _Owners) -> list[Arrival]:
    """Stores new messages with their conversations, contacts and events; returns them as arrivals."""
    unique: dict[str, IncomingMessage] = {}
    for incoming in reported:
        unique.setdefault(incoming.provider_id, incoming)
    seen = Message.objects.filter(channel=channel, provider_id__in=list(unique)).values_list("provider_id", flat=True)
    for provider_id in list(seen):
        if provider_id is not None:
            unique.pop(provider_id)
    if not unique:
        return []
    new = sorted(unique.values(), key=lambda m: m.at)
    owners.load({pair for incoming in new for pair in incoming.identities})
    owners.create(new)
    for incoming in new:
        owners.find(incoming.identities, incoming.name)
    # Looked up again: a later message of the batch may have merged two of them.
    contacts = [owners.find(incoming.identities, incoming.name) for incoming in new]
    arrived = [
        Arrived(contact.pk, incoming.provider_id, _text_of(channel, incoming), incoming.at, incoming.quoted_provider_id)
        for contact, incoming in zip(contacts, new, strict=True)
    ]
    messages = insert_arrived(channel=channel, messages=arrived)
    update_conversations(message_ids=messages)
    expect_files(channel, messages, {incoming.provider_id: incoming.media for incoming in new})
    stored = list(Message.objects.filter(pk__in=messages).order_by("id"))
    by_id = {contact.pk: contact for contact in contacts}
    touch_contacts(workspace=channel.workspace, contact_ids=sorted(by_id))
    told = {"channel": channel.pk}
    events = (NewEvent(m.contact_id, "message_received", m.created_at, {"message": m.pk, **told}) for m in stored)
    record_events(workspace=channel.workspace, events=events)
    phones = {incoming.provider_id: dict(incoming.identities).get(Identity.Kind.PHONE) for incoming in new}
    return _arrivals(channel, [(by_id[message.contact_id], message) for message in stored], phones)


def _arrivals(
    channel: Channel, messages: Sequence[tuple[Contact, Message]], phones: Mapping[str, str | None]
) -> list[Arrival]:
    """`phones`: the number that wrote each message, by the provider's id of the message."""
    keywords = match_keywords(channel.workspace, [message.text for _, message in messages])
    pairs = zip(messages, keywords, strict=True)
    return [
        Arrival(channel, contact, message, keyword, phones.get(message.provider_id or ""))
        for (contact, message), keyword in pairs
    ]


def _text_of(channel: Channel, incoming: IncomingMessage) -> str:
    """The text that the conversation shows; a text of ours for a kind that cannot be shown."""
    if not incoming.unsupported:
        return storable(incoming.text)
    with override(channel.workspace.language):
        return "❔ " + gettext("Unsupported message. Open WhatsApp on the phone to see it.")


def _store_stops(channel: Channel, batch: ParsedBatch, owners: _Owners) -> None:
    """Withdraws consent for people who switched promotions off at the vendor; the evidence names the vendor."""
    owners.load({pair for stop in batch.stops for pair in stop.identities})
    for stop in batch.stops:
        evidence = {"channel": channel.pk, "told_by": channel.provider, "detail": stop.detail}
        withdraw(
            workspace=channel.workspace,
            contact_ids=[owners.find(stop.identities).pk],
            statement=ConsentStatement("marketing", "vendor_switch", evidence=evidence, at=stop.at),
        )


def _change_addresses(channel: Channel, batch: ParsedBatch) -> None:
    """Moves contacts to their new numbers. It comes last: messages of this batch from the old number have found their
    contact by then."""
    reason = Merge.Reason.NUMBER_CHANGED
    for change in batch.address_changes:
        replace_identities(workspace=channel.workspace, old=change.old, new=change.new, reason=reason)


def _store_purchases(channel: Channel, batch: ParsedBatch, owners: _Owners) -> None:
    """Stores the reported carts and orders."""
    if not batch.orders and not batch.carts:
        return
    owners.load({pair for cart in batch.carts for pair in cart.identities})
    owners.load({pair for order in batch.orders for pair in order.identities})
    carts = [
        CartUpdate(
            owners.find(cart.identities).pk,
            cart.key,
            cart.at,
            tuple(CartLine(line.sku, line.name, line.quantity, line.price) for line in cart.lines),
            version=cart.version,
            source=channel.provider,
            url=cart.url,
        )
        for cart in batch.carts
    ]
    update_carts(workspace=channel.workspace, updates=carts)
    orders = [
        NewOrder(
            contact_id=owners.find(order.identities).pk,
            number=order.number,
            ordered_at=order.at,
            lines=tuple(NewLine(line.sku, line.name, line.category, line.quantity, line.total) for line in order.lines),
            voucher_code=order.voucher_code,
            source=SOURCE,
            cart_key=order.cart_key,
        )
        for order in batch.orders
    ]
    record_orders(workspace=channel.workspace, orders=orders)


def _opt_out_alone(channel: Channel, provider: Provider, raw_id: int) -> None:
    """Applies the opt-outs of an event that cannot be stored: a fault of ours must not lose a STOP."""
    try:
        with transaction.atomic():
            owners = _Owners(channel)
            for incoming in parse_events(provider, list(RawEvent.objects.filter(pk=raw_id))).messages:
                if match_keyword(channel.workspace, incoming.text) == "stop":
                    owners.load(set(incoming.identities))
                    withdraw(
                        workspace=channel.workspace,
                        contact_ids=[owners.find(incoming.identities).pk],
                        statement=ConsentStatement(
                            "marketing",
                            "stop_word",
                            at=incoming.at,
                            evidence={
                                "raw_event": raw_id,
                                "channel": channel.pk,
                                "text": storable(incoming.text)[:100],
                            },
                        ),
                        renew=False,
                    )
    except Exception as error:
        if is_transient(error):
            raise
        log.exception("raw event %s: its opt-out cannot be applied", raw_id)
