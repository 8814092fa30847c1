"""Stores the chats of a history sync in the child, if the owner asked for them.

Each statement checks `history_until` itself, so that nothing is stored after that moment.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

_OURS: LiteralString = "SELECT jid, lid, history_until > now() FROM channels_linkednumber WHERE channel_id = %s"
# A person can appear first under the phone number and later under the LID. The row with the LID stays.
_INSERT: LiteralString = """
    INSERT INTO channels_oldchat AS c (channel_id, address, phone, lid, name, messages, parts, last_at, wrote_at)
    SELECT n.channel_id, t.address, t.phone, t.lid, t.name, t.messages,
           jsonb_build_object(%(piece)s::text, t.messages), t.last, t.wrote
      FROM jsonb_to_recordset(%(chats)s) AS t (address text, phone text, lid text, name text, messages int,
                                               last timestamptz, wrote timestamptz)
      JOIN channels_linkednumber n ON n.channel_id = %(channel)s AND n.history_until > now()
     ORDER BY t.address
    ON CONFLICT (channel_id, address) DO UPDATE
       SET phone = coalesce(nullif(excluded.phone, ''), c.phone),
           name = coalesce(nullif(excluded.name, ''), c.name),
           parts = c.parts || excluded.parts,
           messages = (SELECT max(s.total) FROM (SELECT sum(p.value::int) AS total
                         FROM jsonb_each_text(c.parts || excluded.parts) p GROUP BY split_part(p.key, ':', 1)) s),
           last_at = greatest(c.last_at, excluded.last_at), wrote_at = greatest(c.wrote_at, excluded.wrote_at)
"""
_JOIN: LiteralString = """
    WITH gone AS (
        DELETE FROM channels_oldchat p USING channels_oldchat l
         WHERE p.channel_id = %(channel)s AND l.channel_id = p.channel_id AND p.lid = '' AND l.lid <> ''
           AND l.phone = p.phone
        RETURNING l.id, p.name, p.messages, p.last_at, p.wrote_at)
    UPDATE channels_oldchat l
       SET name = coalesce(nullif(l.name, ''), g.name), messages = greatest(l.messages, g.messages),
           last_at = greatest(l.last_at, g.last_at), wrote_at = greatest(l.wrote_at, g.wrote_at)
      FROM gone g WHERE l.id = g.id
"""
_NAMES: LiteralString = """
    UPDATE channels_oldchat c SET name = t.value FROM jsonb_each_text(%(names)s) t
     WHERE c.channel_id = %(channel)s AND c.address = t.key AND c.name = ''
"""
_STORE_NAMES: LiteralString = """
    UPDATE channels_oldchat c SET name = left(coalesce(nullif(k.full_name, ''), k.push_name), 200)
      FROM whatsmeow.whatsmeow_contacts k
     WHERE c.channel_id = %(channel)s AND c.name = '' AND k.our_jid = %(jid)s
       AND k.their_jid IN (c.lid || '@lid', ltrim(c.phone, '+') || '@s.whatsapp.net')
       AND coalesce(nullif(k.full_name, ''), k.push_name, '') <> ''
"""


def write_chats(db: psycopg.Connection[Any], channel: int, part: Mapping[str, Any]) -> None:
    """Stores one part of a history sync in the caller's transaction, if the owner asked for it."""
    row = db.execute(_OURS, [channel]).fetchone()
    if row is None or not row[2]:
        return
    jid, lid = str(row[0]), str(row[1])
    ours = {jid.partition("@")[0].partition(":")[0], lid} - {""}
    chats = [c for c in part["chats"] if c["phone"].removeprefix("+") not in ours and c["lid"] not in ours]
    values = {
        "channel": channel,
        "piece": part["piece"],
        "chats": Jsonb(chats),
        "names": Jsonb(dict(part["names"])),
        "jid": jid,
    }
    for statement in (_INSERT, _JOIN, _NAMES):
        db.execute(statement, values)
    with suppress(psycopg.errors.ProgrammingError), db.transaction():
        db.execute(_STORE_NAMES, values)  # the tables of the library may change with its version
