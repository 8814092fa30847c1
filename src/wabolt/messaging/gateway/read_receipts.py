"""Read receipts for customers: best effort, and dropped when they are too old to be useful."""

from datetime import timedelta

from django.db import connection

from wabolt.channels.models import Channel
from wabolt.channels.registry import PresenceProvider, Provider
from wabolt.contacts.queries import address_of
from wabolt.lib import clock

STALE = timedelta(minutes=15)
"""Read receipts that are older than this are dropped."""
AT_ONCE = 20
"""Maximum of conversations whose read receipts are sent in one run."""

# `told_id` is updated first: a receipt that a crash loses does no harm, and none is sent twice.
_TAKE = """
    WITH due AS (
        SELECT c.id, c.told_id FROM messaging_conversation c
         WHERE c.channel_id = %(channel)s AND c.seen_id > c.told_id
           AND EXISTS (SELECT FROM channels_channel k WHERE k.id = %(channel)s AND k.state = 'connected')
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


def send_read_receipts(channel: Channel, provider: Provider) -> int:
    """Sends read receipts if the channel shows them; returns the number of conversations. A receipt that cannot be sent
    now is dropped."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"channel": channel.pk, "limit": AT_ONCE})
        due = cursor.fetchall()
    if not due or not isinstance(provider, PresenceProvider) or not shows_reading(channel):
        return 0
    sent = 0
    for contact_id, after, until, seen_at in due:
        if seen_at < clock.now() - STALE:
            continue
        params = {"contact": contact_id, "channel": channel.pk, "after": after, "until": until}
        with connection.cursor() as cursor:
            cursor.execute(_WHAT, params)
            [[ids]] = cursor.fetchall()
        address = address_of(contact_id, provider.capabilities.identity_kinds, chat=True)
        if not ids or address is None:
            continue
        try:
            provider.mark_read(*address, ids)
        except OSError:
            break
        sent += 1
    return sent


def shows_reading(channel: Channel) -> bool:
    """Whether the channel currently shows people that their messages are read and answered."""
    return Channel.objects.filter(pk=channel.pk, shows_reading=True).exists()
