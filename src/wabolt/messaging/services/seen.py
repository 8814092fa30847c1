"""Who has seen what: members have, and the customer may be shown so. A courtesy, kept until the gateway has passed it
on and dropped when that comes too late to be one."""

from datetime import timedelta

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers.base import Present, Provider
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.services.notify import wake_lane

STALE = timedelta(minutes=15)
"""Blue ticks that could not be passed on for so long are dropped."""
AT_ONCE = 20
"""Conversations whose ticks are passed on in one go."""

_SEEN = """
    WITH newest AS (
        SELECT c.id, CASE WHEN c.last_inbound_at IS NULL THEN 0 ELSE coalesce((
               SELECT m.id FROM messaging_message m
                WHERE m.contact_id = c.contact_id AND m.channel_id = c.channel_id AND m.direction = 'inbound'
                ORDER BY m.id DESC LIMIT 1), 0) END AS message
          FROM messaging_conversation c WHERE c.workspace_id = %(workspace)s AND c.contact_id = %(contact)s)
    UPDATE messaging_conversation c SET unread = 0, seen_id = greatest(c.seen_id, n.message), seen_at = %(now)s
      FROM newest n WHERE c.id = n.id AND (c.unread > 0 OR n.message > c.seen_id)
    RETURNING c.channel_id, c.seen_id > c.told_id
"""
# `told_id` moves first: a tick that a crash swallows is no loss, and none is shown twice.
_TAKE = """
    WITH due AS (
        SELECT c.id, c.told_id FROM messaging_conversation c
         WHERE c.channel_id = %(channel)s AND c.seen_id > c.told_id
         ORDER BY c.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE messaging_conversation c SET told_id = c.seen_id FROM due
     WHERE c.id = due.id RETURNING c.contact_id, due.told_id, c.seen_id, c.seen_at
"""
_WHAT = """
    SELECT array(SELECT m.provider_id FROM messaging_message m
                  WHERE m.contact_id = %(contact)s AND m.channel_id = %(channel)s AND m.direction = 'inbound'
                    AND m.id > %(after)s AND m.id <= %(until)s AND m.provider_id IS NOT NULL
                  ORDER BY m.id DESC LIMIT 50)
"""
ADDRESS = """
    SELECT i.kind, i.value FROM contacts_identity i WHERE i.contact_id = %(contact)s AND i.kind = ANY(%(kinds)s)
     ORDER BY array_position(%(kinds)s, i.kind::text), i.id LIMIT 1
"""
_ORDER = ["lid", "phone", "bsuid"]
"""A chat is where WhatsApp has it: under the hidden number where there is one."""


@transaction.atomic
def mark_read(*, workspace: Workspace, contact: Contact) -> None:
    """Somebody has seen what this contact wrote. The gateway tells them so where the number shows it."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"workspace": workspace.pk, "contact": contact.pk, "now": clock.now()})
        rows = cursor.fetchall()
    for channel_id, is_news in rows:
        if is_news:
            wake_lane(channel_id)


def tell_read(channel: Channel, provider: Provider) -> int:
    """Shows people that their messages were read, as far as the number shows it; how many conversations were passed
    on. What cannot be told now is not told at all."""
    if not Channel.objects.filter(pk=channel.pk, state=Channel.State.CONNECTED).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"channel": channel.pk, "limit": AT_ONCE})
        due = cursor.fetchall()
    if not due or not isinstance(provider, Present) or not shows_reading(channel):
        return 0
    told = 0
    for contact_id, after, until, seen_at in due:
        if seen_at < clock.now() - STALE:
            continue
        params = {"contact": contact_id, "channel": channel.pk, "after": after, "until": until}
        with connection.cursor() as cursor:
            cursor.execute(_WHAT, params)
            [[ids]] = cursor.fetchall()
        address = address_of(contact_id, provider)
        if not ids or address is None:
            continue
        try:
            provider.mark_read(*address, ids)
        except OSError:
            break
        told += 1
    return told


def shows_reading(channel: Channel) -> bool:
    """Whether this number shows people that somebody reads and types, as it is set now."""
    return Channel.objects.filter(pk=channel.pk, shows_reading=True).exists()


def address_of(contact_id: int, provider: Provider) -> tuple[str, str] | None:
    """Where this contact's chat is on a number of this provider: (kind, value)."""
    kinds = [kind for kind in _ORDER if kind in provider.capabilities.identity_kinds]
    with connection.cursor() as cursor:
        cursor.execute(ADDRESS, {"contact": contact_id, "kinds": kinds})
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
