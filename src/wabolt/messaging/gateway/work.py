"""One turn of a lane: collect events, claim, call the provider, commit the outcomes."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction

from wabolt.channels.models import Channel
from wabolt.channels.registry import Accepted, Ambiguous, Outcome, Outgoing, Provider, get_provider
from wabolt.lib import clock
from wabolt.lib.lease import Lease, LeaseLostError
from wabolt.messaging.gateway.background import run_background_once
from wabolt.messaging.gateway.claim import Claimer, Ready
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.gateway.other_numbers import OtherNumbers
from wabolt.messaging.gateway.results import commit_outcomes, give_back, rest, shift_retries
from wabolt.messaging.gateway.typing_indicator import TypingIndicator
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.inbound.services.receipts import match_waiting_receipts

log = logging.getLogger(__name__)

COLLECT_LIMIT = 1000
FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(minutes=2)
WRITE_BEHIND_FROM = 50
"""Minimum size of a batch that the writer thread commits. A slow lane thus has at most one batch in flight."""
CLOSED_POLL_SECONDS = 2.0
"""Seconds until a lane that may send nothing is polled again."""
RESULT_ATTEMPTS = 20
"""Number of attempts to commit a batch while the database is away, half a second apart."""


class Turn(NamedTuple):
    """The result of one turn. `busy`: poll again at once. `poll_at`: else not before this moment, unless woken."""

    attempted: int
    collected: int
    busy: bool
    poll_at: datetime | None


class Sent(NamedTuple):
    """The result of sending one batch. `not_sent`: messages ended or deferred; `poll_at`: as in `Turn`."""

    attempted: int
    not_sent: int
    poll_at: datetime | None


class LeasedBatch(Sequence[Outgoing]):
    """A batch whose iteration ends when the lease expires, so that a process that froze sends nothing more.

    `taken`: the number of messages that the provider has read. The others were certainly not sent.
    """

    def __init__(self, ready: Sequence[Ready], lease: Lease) -> None:
        self._items = [item.outgoing for item in ready]
        self._lease = lease
        self.taken = 0

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        self.taken = len(self._items)  # any index or slice may have been read
        return self._items[index]

    def __iter__(self) -> Iterator[Outgoing]:
        for place, item in enumerate(self._items, 1):
            if not self._lease.held:
                return
            self.taken = max(self.taken, place)
            yield item


class LaneWorker:
    """Collects events and sends messages for one lane, under its lease. Not thread-safe."""

    def __init__(
        self,
        channel: Channel,
        lease: Lease,
        provider: Provider,
        writer: Executor | None = None,
        typing: TypingIndicator | None = None,
    ) -> None:
        """`writer`: an executor with one thread. It commits a large, fully accepted batch while the next one is
        claimed, so at most two batches are in flight. Call `wait_for_commit` at the end. `typing`: replies wait while
        the typing indicator is shown."""
        self.channel = channel
        self.lease = lease
        self.provider = provider
        self._writer = writer
        self._typing = typing
        self._written: Future[None] | None = None
        self._claimer = Claimer(lease, provider.capabilities)
        self._others = OtherNumbers(channel)
        self._is_inbox_read = True
        self._failures = 0
        self._next_poll = 0.0
        self._watch = clock.JumpWatch()

    def turn(self, limit: int | None = None) -> Turn:
        """Collects events and sends one batch. Raises LeaseLostError when the lane is no longer ours."""
        if jump := self._watch.look():
            log.warning("channel %s: the clock was set by %s; retries move along", self.channel.pk, jump)
            shift_retries(self.channel, jump)
            self.poll_now()
        collected = self.collect()
        sent = self.send(limit)
        return Turn(sent.attempted, collected, bool(sent.attempted or sent.not_sent or collected), sent.poll_at)

    def collect(self) -> int:
        """Stores new raw events and processes them; returns how many there were."""
        collected = self.provider.collect(COLLECT_LIMIT)
        processed, is_drained = process_raw_events(self.channel, COLLECT_LIMIT)
        self._is_inbox_read = is_drained and collected < COLLECT_LIMIT
        return max(collected, processed)

    def send(self, limit: int | None = None) -> Sent:
        """Claims a batch, calls the provider and commits the outcomes. Promotions wait while events that arrived before
        this turn, at this number or another one of the shop, are unread: one of them may be a STOP."""
        urgent, anything = self._claimer.due()
        if not anything or (not urgent and time.monotonic() < self._next_poll):
            self.wait_for_commit()
            return Sent(0, 0, None)
        if urgent and self._typing is not None and (until := self._typing.hold()) is not None:
            return Sent(0, 0, until)
        with_promotions = self._is_inbox_read and self._others.are_read()
        claim = self._claimer.claim(limit, with_promotions=with_promotions)
        if not claim.ready:
            self.wait_for_commit()
            if not claim.not_sent and with_promotions:
                self._postpone_poll(claim.poll_at)
            return Sent(0, claim.not_sent, claim.poll_at)
        if not self.lease.held:
            # This process froze after the claim. The provider was not called, and only this process knows that.
            with transaction.atomic():
                give_back(self.channel, self.lease, [(item.message_id, None) for item in claim.ready])
            raise LeaseLostError
        outcomes = self._call(claim.ready)
        self.wait_for_commit()
        if self._writer is not None and len(outcomes) >= WRITE_BEHIND_FROM and _all_accepted(claim.ready, outcomes):
            self._written = self._writer.submit(self._commit, claim.ready, outcomes)
        else:
            self._commit(claim.ready, outcomes)
        return Sent(len(claim.ready), claim.not_sent, claim.poll_at)

    def poll_now(self) -> None:
        """Polls the lane in full at the next turn, because something has changed."""
        self._next_poll = 0.0

    def _postpone_poll(self, poll_at: datetime | None) -> None:
        """Messages wait but none may be sent (night, cap, pause): sets when the lane is polled again."""
        pause = CLOSED_POLL_SECONDS
        if poll_at is not None:
            pause = min(pause, max(0.0, (poll_at - clock.now()).total_seconds()))
        self._next_poll = time.monotonic() + pause

    def wait_for_commit(self) -> None:
        """Waits until the last batch is committed; raises the error of that commit."""
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def _call(self, ready: list[Ready]) -> list[Outcome]:
        batch = LeasedBatch(ready, self.lease)
        try:
            outcomes = self.provider.send(batch)
        except Exception as error:  # a vendor's library may raise anything: the taken messages may have been sent
            log.exception("channel %s: the provider broke off in the middle of a batch", self.channel.pk)
            self._failures += 1
            return [Ambiguous(repr(error)[:500])] * batch.taken
        self._failures = 0 if outcomes else self._failures + 1
        return list(outcomes)

    def _commit(self, ready: list[Ready], outcomes: list[Outcome]) -> None:
        for attempt in range(RESULT_ATTEMPTS):
            try:
                commit_outcomes(self.channel, self.lease, ready, outcomes, self._claimer.waits)
            except (OperationalError, InterfaceError):
                # The database is away and the outcomes are not stored yet: keep trying.
                if attempt == RESULT_ATTEMPTS - 1 or connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(0.5)
            else:
                break
        if self._failures:
            pause = min(LONGEST_REST, FIRST_REST * 2 ** min(self._failures - 1, 10))
            rest(self.channel, self.lease, pause, self._claimer.waits)


def _all_accepted(ready: list[Ready], outcomes: list[Outcome]) -> bool:
    return len(outcomes) == len(ready) and all(isinstance(outcome, Accepted) for outcome in outcomes)


def work_lane_once(channel: Channel, *, limit: int | None = None, provider: Provider | None = None) -> int:
    """Takes the lane, collects events, sends one batch and frees the lane; returns how many messages were attempted.

    For tests and simulated time: no threads and no waiting. Returns 0 when nothing is due (pace and quiet hours use
    `clock.now()`) or another process holds the lane.
    """
    lanes = LaneLeases()
    leases = lanes.acquire([channel.pk])
    if not leases:
        ensure_lanes([channel.pk])
        leases = lanes.acquire([channel.pk])
    if not leases:
        return 0
    is_own = provider is None
    provider = provider or get_provider(channel)
    try:
        provider.connect()
        turn = LaneWorker(channel, leases[0], provider).turn(limit)
        match_waiting_receipts(channel=channel)
        run_background_once(channel, provider)
    finally:
        if is_own:
            provider.close()
        lanes.release(leases[0])
    return turn.attempted
