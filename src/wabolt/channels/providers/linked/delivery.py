"""Holds acknowledgements back until the message is stored.

The library acknowledges a message as soon as it is in the library's own queue, where up to a hundred messages can be
lost. The library also writes each stanza to its log before it sends it, and waits for the log callback. `Delivery` uses
this:

- Before a message is decrypted, it waits until the previous message is stored, and stores the sender's Signal session
  (`EventStore.snapshot`).
- Before the acknowledgement of a message is sent, it waits until the message is stored. A message without an event is
  stored from its envelope, so that it appears in the conversation.

A process that is killed in between has not acknowledged the message. The next process restores the session
(`EventStore.roll_back`) and receives the message again.
"""

import collections
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from wabolt.channels.providers.linked.stanzas import Envelope, Stanza, bare

IDLE_CHECKS = 20
"""Number of consecutive checks without work after which the library's reader counts as idle."""
IDLE_CHECK_SECONDS = 0.05
"""Interval of these checks. The library starts the next event within microseconds."""
MAX_OPEN = 10_000
"""Maximum number of messages in flight that are remembered."""


@dataclass(slots=True)
class _Open:
    """A message in flight. `is_settled`: it is stored, or no event of it will come."""

    envelope: Envelope
    is_stored: bool = False
    is_settled: bool = False


class Delivery:
    """The messages in flight between WhatsApp and the database. Thread-safe."""

    def __init__(self, *, is_stored: Callable[[Envelope], bool], store_unread: Callable[[Envelope], None]) -> None:
        """`is_stored` asks the database for a message. `store_unread` stores a message of which only the envelope is
        known."""
        self._is_stored = is_stored
        self._store_unread = store_unread
        self._changed = threading.Condition()
        self._arrived: collections.deque[Envelope] = collections.deque()
        self._open: collections.OrderedDict[str, _Open] = collections.OrderedDict()
        self._decrypting: _Open | None = None
        self._handling = 0
        self._is_running = self._has_ended = False

    def started(self) -> None:
        """The library's reader has started."""
        with self._changed:
            self._is_running = True

    def connected(self) -> None:
        """A new connection has begun: WhatsApp delivers messages that were not decrypted again."""
        with self._changed:
            self._arrived.clear()

    def ended(self) -> None:
        """The library's reader has ended: nothing more is stored, so nothing more may be acknowledged."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def arrived(self, envelope: Envelope) -> None:
        """A message has arrived and waits for its decryption."""
        with self._changed:
            self._arrived = collections.deque(e for e in self._arrived if e.message_id != envelope.message_id)
            if envelope.is_encrypted:
                self._arrived.append(envelope)
            self._open[envelope.message_id] = _Open(envelope)
            while len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)

    def decrypting(self, sender: str) -> Envelope | None:
        """The library starts to decrypt the next message of this sender. Returns its envelope after the previous
        message is settled."""
        with self._changed:
            envelope = self._next_of(sender)
            before, self._decrypting = self._decrypting, self._open.get(envelope.message_id) if envelope else None
        if before is not None:
            self._settle(before)
        return envelope

    def _next_of(self, sender: str) -> Envelope | None:
        for place, envelope in enumerate(self._arrived):
            if bare(envelope.sender) == sender:
                for _ in range(place + 1):
                    self._arrived.popleft()
                return envelope
        return None

    def handling(self) -> "_Handling":
        """Marks the time during which an event is processed: the reader is not idle then."""
        return _Handling(self)

    def stored(self, message_id: str) -> None:
        """The message is committed."""
        with self._changed:
            found = self._open.get(message_id)
            if found is not None:
                found.is_stored = found.is_settled = True
            self._changed.notify_all()

    def ignored(self, message_id: str) -> None:
        """The library ignores the message as a duplicate: no event follows."""
        with self._changed:
            found = self._open.get(message_id)
            if found is not None and self._decrypting is found:
                found.is_settled = True
            self._changed.notify_all()

    def leaving(self, stanza: Stanza) -> None:
        """A stanza is about to be sent. The acknowledgement of a message waits here until the message is stored."""
        is_last_word = (stanza.tag == "receipt" and stanza.get("type") in {"", "inactive", "sender"}) or (
            stanza.tag == "ack" and stanza.get("class") == "message"
        )
        if not is_last_word:
            return
        with self._changed:
            found = self._open.get(stanza.get("id"))
        if found is None:
            return
        self._settle(found)
        if not found.is_stored and found.envelope.is_personal and not self._is_stored(found.envelope):
            self._store_unread(found.envelope)
        with self._changed:
            if self._open.get(found.envelope.message_id) is found:
                del self._open[found.envelope.message_id]

    def _settle(self, message: _Open) -> None:
        """Waits until the message is stored or the reader is idle.

        Waits without end when the reader has ended: the process is about to exit, and WhatsApp delivers unacknowledged
        messages again.
        """
        quiet = 0
        with self._changed:
            while not message.is_settled:
                self._changed.wait(IDLE_CHECK_SECONDS)
                is_quiet = self._is_running and not self._handling and not self._has_ended
                quiet = quiet + 1 if is_quiet else 0
                message.is_settled = message.is_settled or quiet >= IDLE_CHECKS
        while self._has_ended and not message.is_stored:
            time.sleep(1)


class _Handling:
    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def __enter__(self) -> None:
        with self._delivery._changed:
            self._delivery._handling += 1

    def __exit__(self, *_: object) -> None:
        with self._delivery._changed:
            self._delivery._handling -= 1
            self._delivery._changed.notify_all()
