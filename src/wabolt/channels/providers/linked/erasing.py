"""Removes the data of linked numbers and their library about erased people."""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from wabolt.channels.models import Channel
from wabolt.channels.providers.linked.event_store import STORE
from wabolt.channels.providers.linked.models import LinkedNumber, NumberCheck, OldChat

_PEOPLE = ("their_jid", "their_id", "chat_jid", "sender_jid", "lid", "pn", "chat_id", "sender_id")
"""Columns of those tables that name another person: digits, then "@", ":" or the end."""
_OWN = "our_jid"
"""The column with the linked number itself."""

_ALIASES = """
SELECT lid FROM whatsmeow.whatsmeow_lid_map WHERE pn = ANY(%(digits)s)
UNION SELECT pn FROM whatsmeow.whatsmeow_lid_map WHERE lid = ANY(%(digits)s)
"""
# A row is left when a process was killed while it decrypted a message.
_DECRYPTING = r"""
DELETE FROM whatsmeow.wabolt_decrypting d
WHERE d.channel_id = ANY(%(channels)s)
  AND EXISTS (SELECT FROM unnest(d.addresses) a WHERE substring(a FROM '^\d+') = ANY(%(digits)s))
"""
_COMMANDS = r"""
UPDATE channels_channelcommand e SET arguments = '{}', error = ''
WHERE e.channel_id = ANY(%(channels)s) AND EXISTS (
    SELECT FROM regexp_matches(e.arguments::text || ' ' || e.error, '\d{6,}', 'g') AS run
    WHERE run[1] = ANY(%(digits)s))
"""


def aliases(digits: Sequence[str]) -> list[str]:
    """Returns these numbers and LIDs (runs of digits) with the LIDs and numbers of the same people, as far as the
    library knows them. WhatsApp names one person by both."""
    if not digits or not _has_table("whatsmeow_lid_map"):
        return list(digits)
    with connection.cursor() as cursor:
        cursor.execute(_ALIASES, {"digits": list(digits)})
        return list(dict.fromkeys([*digits, *(str(other) for (other,) in cursor.fetchall())]))


def forget_people(
    channels: QuerySet[Channel], phones: Sequence[str], lids: Sequence[str], digits: Sequence[str]
) -> None:
    """Deletes earlier chats, number checks and the library's rows of these people (`digits`: numbers and LIDs as runs
    of digits), in the caller's transaction."""
    NumberCheck.objects.filter(channel__in=channels, phone__in=phones).delete()
    OldChat.objects.filter(channel__in=channels, phone__in=phones).delete()
    OldChat.objects.filter(channel__in=channels, lid__in=lids).exclude(lid="").delete()
    with connection.cursor() as cursor:
        ids = list(channels.values_list("pk", flat=True))
        cursor.execute(_COMMANDS, {"channels": ids, "digits": list(digits)})
        if _has_table("wabolt_decrypting"):
            cursor.execute(_DECRYPTING, {"channels": ids, "digits": list(digits)})
    own = LinkedNumber.objects.filter(channel__in=channels).exclude(jid="").values_list("jid", flat=True)
    _forget_in_library([re.split(r"\D", jid)[0] for jid in own], digits)


def _has_table(name: str) -> bool:
    """Returns whether the library's schema has this table; a number that was never linked created none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{STORE}.{name}"])
        return bool(cursor.fetchone()[0])


def _forget_in_library(own: Sequence[str], digits: Sequence[str]) -> None:
    """Deletes what the library keeps about these numbers and LIDs: names, keys, secrets of messages, texts to resend.

    `own`: the numbers of the shop. Rows of another shop's number stay. The map of LIDs belongs to no number.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name::text, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = %s AND column_name = ANY(%s) GROUP BY 1",
            [STORE, [*_PEOPLE, _OWN]],
        )
        for table, columns in cursor.fetchall():
            people = [column for column in columns if column != _OWN]
            if not people:
                continue
            name = f"{connection.ops.quote_name(STORE)}.{connection.ops.quote_name(table)}"
            where = " OR ".join(rf"substring({column} FROM '^\d+') = ANY(%(digits)s)" for column in people)
            ours = rf" AND substring({_OWN} FROM '^\d+') = ANY(%(own)s)" if _OWN in columns else ""
            cursor.execute(f"DELETE FROM {name} WHERE ({where}){ours}", {"digits": list(digits), "own": list(own)})
