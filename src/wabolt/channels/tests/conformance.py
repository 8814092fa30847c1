"""The conformance suite of every provider.

    class TestMyProvider(ProviderConformance):
        def make(self): ...            # a fresh provider on a channel in the database
        def message_for(self, provider, kind): ...   # a message with that outcome, or None
        def report_something(self, provider): ...        # lets the vendor report a new event
        def report(self, provider, kind): ...  # and the hooks of `conformance_inbound` and `conformance_outbound`

Run with the `db` fixture; the marker is already here.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from wabolt.channels.models import RawEvent
from wabolt.channels.registry.contract import (
    Accepted,
    Ambiguous,
    Capabilities,
    Later,
    Outcome,
    Outgoing,
    PresenceProvider,
    Provider,
    Refused,
    UnknownEventError,
)
from wabolt.channels.registry.events import ProviderEvent
from wabolt.channels.tests.conformance_inbound import InboundConformance
from wabolt.channels.tests.conformance_outbound import OutboundConformance

OUTCOMES: dict[str, type] = {"accepted": Accepted, "refused": Refused, "later": Later, "ambiguous": Ambiguous}


def parsed(provider: Provider, raws: Sequence[RawEvent]) -> list[ProviderEvent]:
    """Returns the provider events of all raw events, in order."""
    return [event for raw in raws for event in provider.parse(raw)]


@pytest.mark.django_db
class ProviderConformance(InboundConformance, OutboundConformance):
    """Checks every promise of `registry.contract`. A subclass implements the hooks."""

    def make(self) -> Any:
        """Returns a provider on a connected, stored channel."""
        raise NotImplementedError

    def message_for(self, provider: Any, kind: str) -> Outgoing | None:
        """Returns a message whose sending ends as `kind` (a key of OUTCOMES); None if this vendor never does."""
        raise NotImplementedError

    def report_something(self, provider: Any) -> None:
        """Lets the vendor report at least one event that `collect` has not stored yet."""
        raise NotImplementedError

    def store_events(self, provider: Any, limit: int) -> int:
        """Stores up to `limit` events and returns how many are new. Override it for a vendor that uses webhooks."""
        return int(provider.collect(limit))

    def stored(self, provider: Any) -> list[RawEvent]:
        return list(RawEvent.objects.filter(channel=provider.channel).order_by("id"))

    def test_it_implements_the_protocol_and_declares_capabilities(self) -> None:
        provider = self.make()
        assert isinstance(provider, Provider)
        assert isinstance(provider.capabilities, Capabilities)
        assert provider.capabilities.max_messages_per_minute >= 1
        assert provider.capabilities.max_daily_cap >= 1
        assert provider.capabilities.max_text_length >= 1
        assert provider.capabilities.identity_kinds

    @pytest.mark.parametrize("kind", OUTCOMES)
    def test_send_ends_in_one_of_four_ways(self, kind: str) -> None:
        provider = self.make()
        provider.connect()
        message = self.message_for(provider, kind)
        if message is None:
            return
        outcomes: list[Outcome] = provider.send([message])
        assert [type(o) for o in outcomes] == [OUTCOMES[kind]]

    def test_send_answers_in_the_order_of_the_batch(self) -> None:
        provider = self.make()
        provider.connect()
        batch = [(kind, m) for kind in OUTCOMES if kind != "later" and (m := self.message_for(provider, kind))]
        outcomes = provider.send([m for _, m in batch])
        assert len(outcomes) <= len(batch)
        for outcome, (kind, _) in zip(outcomes, batch, strict=False):
            assert type(outcome) is OUTCOMES[kind]

    def test_empty_batch_has_no_outcomes(self) -> None:
        provider = self.make()
        provider.connect()
        assert provider.send([]) == []

    def test_unsupported_address_kind_is_refused(self) -> None:
        provider = self.make()
        provider.connect()
        assert isinstance(provider.send([Outgoing("odd-1", "carrier_pigeon", "coop 7", "halo")])[0], Refused)

    def test_a_text_too_long_is_refused_and_not_cut(self) -> None:
        provider = self.make()
        provider.connect()
        message = self.message_for(provider, "accepted")
        assert message is not None
        long = "x" * (provider.capabilities.max_text_length + 1)
        outcome = provider.send([Outgoing("long-1", message.to_kind, message.to, long)])[0]
        assert isinstance(outcome, Refused)
        assert outcome.code == "too_long"

    def test_later_has_a_positive_wait(self) -> None:
        provider = self.make()
        provider.connect()
        message = self.message_for(provider, "later")
        if message is not None:
            outcome = provider.send([message])[0]
            assert isinstance(outcome, Later)
            assert outcome.retry_after > timedelta(0)

    def test_collect_stores_an_event_once(self) -> None:
        provider = self.make()
        provider.connect()
        self.report_something(provider)
        stored = self.store_events(provider, 1000)
        assert stored >= 1
        assert len(self.stored(provider)) == stored
        assert self.store_events(provider, 1000) == 0
        assert len(self.stored(provider)) == stored

    def test_collect_keeps_its_limit(self) -> None:
        provider = self.make()
        provider.connect()
        for _ in range(3):
            self.report_something(provider)
        total = 0
        while (stored := self.store_events(provider, 1)) > 0:
            assert stored == 1
            total += stored
        assert total == len(self.stored(provider)) >= 3

    def test_collected_events_survive_the_provider(self) -> None:
        provider = self.make()
        provider.connect()
        self.report_something(provider)
        self.store_events(provider, 1000)
        provider.close()
        assert self.stored(provider)
        again = self.make_again(provider)
        again.connect()
        assert self.store_events(again, 1000) == 0

    def make_again(self, provider: Any) -> Any:
        """Returns a provider on the same channel, as after a restart of the process."""
        return type(provider)(provider.channel)

    def test_parse_is_pure_and_independent_of_order(self) -> None:
        provider = self.make()
        provider.connect()
        for _ in range(3):
            self.report_something(provider)
        self.store_events(provider, 1000)
        raws = self.stored(provider)[:4]
        whole = parsed(provider, raws)
        assert whole
        assert parsed(provider, raws) == whole
        for order in permutations(raws):
            assert sorted(map(repr, parsed(provider, order))) == sorted(map(repr, whole))

    def test_event_of_an_unknown_kind_raises(self) -> None:
        provider = self.make()
        raw = RawEvent(channel=provider.channel, kind="never_heard_of", payload={"at": "2026-11-22T00:00:00+00:00"})
        with pytest.raises(UnknownEventError):
            provider.parse(raw)

    def test_connect_and_close_may_be_repeated(self) -> None:
        provider = self.make()
        provider.close()
        provider.connect()
        provider.connect()
        provider.close()
        provider.close()
        provider.connect()
        assert provider.send([]) == []
        provider.close()

    def test_presence_calls_return_within_three_seconds(self) -> None:
        provider = self.make()
        if not provider.capabilities.can_type:
            return
        assert isinstance(provider, PresenceProvider)
        provider.connect()
        message = self.message_for(provider, "accepted")
        assert message is not None
        began = time.monotonic()
        provider.typing(message.to_kind, message.to, on=True)
        provider.mark_read(message.to_kind, message.to, ["in-0"])
        assert time.monotonic() - began < 3

    def test_check_numbers_answers_for_every_number(self) -> None:
        provider = self.make()
        provider.connect()
        phones = ["+628120000001", "+628120000002"]
        if provider.capabilities.can_check_numbers:
            assert set(provider.check_numbers(phones)) == set(phones)

    def test_check_reports_an_unregistered_number(self) -> None:
        provider = self.make()
        provider.connect()
        there, nobody = self.message_for(provider, "accepted"), self.message_for(provider, "refused")
        if provider.capabilities.can_check_numbers and there is not None and nobody is not None:
            assert provider.check_numbers([there.to, nobody.to]) == {there.to: True, nobody.to: False}
