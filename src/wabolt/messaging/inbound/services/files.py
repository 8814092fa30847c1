"""Incoming files: registered with their message, fetched later, examined before they are shown.

The row of a file is stored in the transaction that stores its message. A fetch changes nothing until the bytes are
here; then the file, the message and the row change in one transaction. After a crash the row is unchanged and the file
is fetched again.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from psycopg.types.json import Jsonb

from wabolt.channels.models import Channel
from wabolt.channels.registry import IncomingMedia, MediaGoneError, MediaProvider, MediaTooBigError
from wabolt.lib import clock
from wabolt.lib.text import storable
from wabolt.lib.waits import running_by_end
from wabolt.media.services import delete_unused, examine, keep_media, safe_name
from wabolt.messaging.inbound.models import IncomingFile
from wabolt.messaging.inbound.rules import SHORT_WAITS, next_try
from wabolt.messaging.store.models import Message

log = logging.getLogger(__name__)

_EXPECT = """
    INSERT INTO messaging_incomingfile (message_id, channel_id, state, kind, mime_type, name, size, reference, tries,
        next_try_at, why)
    SELECT m.id, m.channel_id, CASE WHEN f.size > %(limit)s THEN 'too_big' ELSE 'waiting' END, f.kind, f.mime_type,
        f.name, f.size, CASE WHEN f.size > %(limit)s THEN '{}' ELSE f.reference END, 0,
        CASE WHEN f.size > %(limit)s THEN NULL ELSE %(now)s END, ''
      FROM unnest(%(ids)s::text[], %(kinds)s::text[], %(mimes)s::text[], %(names)s::text[], %(sizes)s::bigint[],
                  %(references)s::jsonb[]) AS f (provider_id, kind, mime_type, name, size, reference)
      JOIN messaging_message m ON m.channel_id = %(channel)s AND m.provider_id = f.provider_id
     WHERE m.id = ANY(%(messages)s)
    ON CONFLICT (message_id) DO NOTHING
"""


def expect_files(channel: Channel, new_messages: Sequence[int], told: dict[str, IncomingMedia | None]) -> None:
    """Registers the files of new messages, in the caller's transaction. `told`: {provider id: file}; files of messages
    that are not new are ignored."""
    files = {provider_id: media for provider_id, media in told.items() if media is not None}
    if not files or not new_messages:
        return
    values = list(files.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _EXPECT,
            {
                "channel": channel.pk,
                "messages": list(new_messages),
                "now": clock.now(),
                "limit": settings.INCOMING_MAX_BYTES,
                "ids": list(files),
                "kinds": [media.kind for media in values],
                "mimes": [_plain(media.mime_type, 100) for media in values],
                "names": [_plain(media.name, 200) for media in values],
                "sizes": [media.size for media in values],
                "references": [Jsonb(dict(media.reference)) for media in values],
            },
        )


def due_files(channel: Channel, limit: int = 4) -> list[IncomingFile]:
    """The first due file of each customer, oldest due time first. None while the channel is not connected, because that
    would use up their attempts."""
    is_due = Q(next_try_at__lte=clock.now())
    for tries in range(SHORT_WAITS):
        is_due |= Q(tries=tries) & running_by_end(next_try(tries) or timedelta(0)).over("next_try_at")
    due = IncomingFile.objects.filter(is_due, channel=channel, state="waiting")
    due = due.filter(channel__state=Channel.State.CONNECTED)
    firsts = due.order_by("message__contact", "next_try_at", "pk").distinct("message__contact")
    return list(IncomingFile.objects.filter(pk__in=firsts.values("pk")).order_by("next_try_at", "pk")[:limit])


def fetch_file(provider: MediaProvider, file: IncomingFile) -> str:
    """Fetches one file and stores the result; returns the new state. Runs outside of any transaction, for as long as
    the vendor takes."""
    try:
        data = provider.fetch_media(file.reference, settings.INCOMING_MAX_BYTES)
    except MediaTooBigError as error:
        return _end(file, IncomingFile.State.TOO_BIG, str(error))
    except MediaGoneError as error:
        return _end(file, IncomingFile.State.GONE, str(error))
    except OSError as error:
        return _later(file, str(error) or repr(error))
    except Exception as error:  # an error with one file must not stop the others
        log.exception("message %s: its file cannot be fetched", file.pk)
        return _later(file, repr(error))
    if not data:
        return _end(file, IncomingFile.State.GONE, "empty")
    if len(data) > settings.INCOMING_MAX_BYTES:
        return _end(file, IncomingFile.State.TOO_BIG, f"{len(data)} bytes")
    return _store(file, data)


def _store(file: IncomingFile, data: bytes) -> str:
    examined = examine(data, file.kind)
    with transaction.atomic(durable=True):
        waiting = IncomingFile.objects.select_for_update().filter(pk=file.pk, state=IncomingFile.State.WAITING)
        message = Message.objects.select_related("workspace", "contact").filter(pk=file.pk).first()
        if waiting.first() is None or message is None:
            return IncomingFile.State.DONE  # another process was faster, or the message was deleted
        if message.contact.erased_at is not None:
            waiting.update(state=IncomingFile.State.GONE, next_try_at=None, reference={}, name="", why="erased")
            return IncomingFile.State.GONE
        name = safe_name(file.name, examined)
        media = keep_media(workspace=message.workspace, data=data, name=name, examined=examined)
        Message.objects.filter(pk=message.pk).update(media=media)
        waiting.update(
            state=IncomingFile.State.DONE, next_try_at=None, reference={}, name=name, size=len(data), why=""
        )  # fmt: skip
    return IncomingFile.State.DONE


def _end(file: IncomingFile, state: str, why: str) -> str:
    IncomingFile.objects.filter(pk=file.pk, state=IncomingFile.State.WAITING).update(
        state=state, next_try_at=None, reference={}, why=_plain(why, 200)
    )
    return state


def _later(file: IncomingFile, why: str) -> str:
    pause = next_try(file.tries + 1)
    if pause is None:
        return _end(file, IncomingFile.State.GONE, why)
    IncomingFile.objects.filter(pk=file.pk, state=IncomingFile.State.WAITING).update(
        tries=F("tries") + 1, next_try_at=clock.now() + pause, why=_plain(why, 200)
    )
    return IncomingFile.State.WAITING


def forget_files(contact_ids: Sequence[int]) -> None:
    """Removes the files of messages from and to these contacts, in the caller's transaction. Nothing of theirs is
    fetched any more; files that no other message, draft or template carries are deleted."""
    messages = Message.objects.filter(contact__in=contact_ids)
    IncomingFile.objects.filter(message__in=messages).update(
        state=IncomingFile.State.GONE, next_try_at=None, reference={}, name="", mime_type="", why="erased"
    )
    held = set(messages.filter(media__isnull=False).values_list("media", flat=True))
    messages.filter(media__in=held).update(media=None)
    delete_unused(media_ids=held)


def _plain(text: str, length: int) -> str:
    return storable(text)[:length]
