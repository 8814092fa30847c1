"""One lane, turn by turn: bring in, claim, call, write down."""

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
from wabolt.messaging.gateway.claim import Claimer, Ready
from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
from wabolt.messaging.gateway.results import commit_outcomes, give_back, rest, shift_retries
from wabolt.messaging.gateway.side import beside
from wabolt.messaging.gateway.typist import Typist
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.inbound.services.receipts import match_waiting_receipts

log = logging.getLogger(__name__)

COLLECT_LIMIT = 1000
FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(minutes=2)
WRITE_BEHIND_FROM = 50
"""Messages in a batch from which on its results are written behind: a slow lane has at most one in flight."""
CLOSED_LOOK = 2.0
"""Seconds until a lane that is closed for what waits in it is looked at again."""
RESULT_ATTEMPTS = 20
"""How often a batch's results are tried against a database that went away, half a second apart."""


class Turn(NamedTuple):
    """What one turn did. `busy`: look again at once. `look_again`: else not before this moment, or a knock."""

    attempted: int
    collected: int
    busy: bool
    look_again: datetime | None


class LeasedBatch(Sequence[Outgoing]):
    """A batch that ends early when the lease does: a holder that froze in the middle of it sends nothing more, and
    what it did not take out is known not to have been sent. `taken`: so many were taken out."""

    def __init__(self, ready: Sequence[Ready], lease: Lease) -> None:
        self._items = [item.outgoing for item in ready]
        self._lease = lease
        self.taken = 0

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        self.taken = len(self._items)  # whoever picks may have picked any
        return self._items[index]

    def __iter__(self) -> Iterator[Outgoing]:
        for place, item in enumerate(self._items, 1):
            if not self._lease.held:
                return
            self.taken = max(self.taken, place)
            yield item


class LaneWorker:
    """Works one held lane. Not shared between threads; the provider is its own."""

    def __init__(
        self,
        channel: Channel,
        lease: Lease,
        provider: Provider,
        writer: Executor | None = None,
        typist: Typist | None = None,
    ) -> None:
        """With a `writer` (one thread) the results of a large batch that went well are committed while the next one is
        claimed: two batches are in flight then, never more. Whoever gives one calls `settle` at the end. With a
        `typist` an answer waits for a moment while its typing is shown."""
        self.channel = channel
        self.lease = lease
        self.provider = provider
        self._writer = writer
        self._typist = typist
        self._written: Future[None] | None = None
        self._claimer = Claimer(lease, provider.capabilities)
        self._troubles = 0
        self._quiet_until = 0.0
        self._watch = clock.JumpWatch()

    def turn(self, limit: int | None = None) -> Turn:
        """Brings in what the outside said and sends one batch. Raises LeaseLostError when the lane is not ours."""
        if jump := self._watch.look():
            log.warning("channel %s: the clock was set by %s; retries move along", self.channel.pk, jump)
            shift_retries(self.channel, jump)
            self.rouse()
        collected = self.bring_in()
        attempted, dropped, look_again = self.send(limit)
        return Turn(attempted, collected, bool(attempted or dropped or collected), look_again)

    def bring_in(self) -> int:
        """Stores what the outside said and lets intake understand it; returns how much that was."""
        collected = self.provider.collect(COLLECT_LIMIT)
        understood = process_raw_events(self.channel, COLLECT_LIMIT)
        return max(collected, understood)

    def send(self, limit: int | None = None) -> tuple[int, int, datetime | None]:
        """Claims, calls the provider and commits the results: (attempted, dropped, when to look again)."""
        urgent, anything = self._claimer.due()
        if not anything or (not urgent and time.monotonic() < self._quiet_until):
            self.settle()
            return 0, 0, None
        if urgent and self._typist is not None and (until := self._typist.hold()) is not None:
            return 0, 0, until
        claim = self._claimer.claim(limit)
        if not claim.ready:
            self.settle()
            if not claim.dropped:
                self._keep_quiet(claim.look_again)
            return 0, claim.dropped, claim.look_again
        if not self.lease.held:
            # We froze between the claim and here. Nobody was called, and only we can know that.
            with transaction.atomic():
                give_back(self.channel, self.lease, [(item.message_id, None) for item in claim.ready])
            raise LeaseLostError
        outcomes = self._call(claim.ready)
        self.settle()
        if self._writer is not None and len(outcomes) >= WRITE_BEHIND_FROM and _all_accepted(claim.ready, outcomes):
            self._written = self._writer.submit(self._write_down, claim.ready, outcomes)
        else:
            self._write_down(claim.ready, outcomes)
        return len(claim.ready), claim.dropped, claim.look_again

    def rouse(self) -> None:
        """Something changed that may open the lane: look properly at the next turn."""
        self._quiet_until = 0.0

    def _keep_quiet(self, look_again: datetime | None) -> None:
        """Nothing may go although something waits (night, cap, pause): look again soon enough for a changed setting."""
        pause = CLOSED_LOOK
        if look_again is not None:
            pause = min(pause, max(0.0, (look_again - clock.now()).total_seconds()))
        self._quiet_until = time.monotonic() + pause

    def settle(self) -> None:
        """Waits until the results of the batch before are committed; raises what kept them from it."""
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def _call(self, ready: list[Ready]) -> list[Outcome]:
        batch = LeasedBatch(ready, self.lease)
        try:
            outcomes = self.provider.send(batch)
        except Exception as error:  # whatever a vendor's library raises: nobody knows what of the taken ones went out
            log.exception("channel %s: the provider broke off in the middle of a batch", self.channel.pk)
            self._troubles += 1
            return [Ambiguous(repr(error)[:500])] * batch.taken
        self._troubles = 0 if outcomes else self._troubles + 1
        return list(outcomes)

    def _write_down(self, ready: list[Ready], outcomes: list[Outcome]) -> None:
        for attempt in range(RESULT_ATTEMPTS):
            try:
                commit_outcomes(self.channel, self.lease, ready, outcomes, self._claimer.waits)
            except (OperationalError, InterfaceError):
                # The database went away with answers in our hands: they are worth waiting for.
                if attempt == RESULT_ATTEMPTS - 1 or connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(0.5)
            else:
                break
        if self._troubles:
            pause = min(LONGEST_REST, FIRST_REST * 2 ** min(self._troubles - 1, 10))
            rest(self.channel, self.lease, pause, self._claimer.waits)


def _all_accepted(ready: list[Ready], outcomes: list[Outcome]) -> bool:
    return len(outcomes) == len(ready) and all(isinstance(outcome, Accepted) for outcome in outcomes)


def work_lane_once(channel: Channel, *, limit: int | None = None, provider: Provider | None = None) -> int:
    """Takes the lane, brings in what the outside said, sends one batch and lets the lane go again; returns how many
    messages were attempted. For tests and simulated time: no threads, no waiting. 0 when nothing is due (pace and
    quiet hours count by `clock.now()`) or another process holds the lane."""
    ensure_lanes([channel.pk])
    lanes = LaneLeases()
    leases = lanes.acquire([channel.pk])
    if not leases:
        return 0
    own = provider is None
    provider = provider or get_provider(channel)
    try:
        provider.connect()
        turn = LaneWorker(channel, leases[0], provider).turn(limit)
        match_waiting_receipts(channel=channel)
        beside(channel, provider)
    finally:
        if own:
            provider.close()
        lanes.release(leases[0])
    return turn.attempted
