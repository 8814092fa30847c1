"""A provider that commits one row for each call on a separate connection. The rows survive a kill of the gateway and
show what the provider was asked to send."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.registry import Accepted, Capabilities, Outcome, Outgoing, ProviderEvent
from wabolt.lib import clock


class SinkProvider:
    """Accepts one message after another, with `options["seconds"]` for each."""

    capabilities = Capabilities(max_messages_per_minute=1_000_000, max_daily_cap=10**9, is_simulation=True)

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.line: psycopg.Connection[Any] | None = None

    def connect(self) -> None:
        settings = {key: value for key, value in connection.get_connection_params().items() if key != "pool"}
        self.line = psycopg.connect(**settings, autocommit=True)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        assert self.line is not None
        outcomes: list[Outcome] = []
        for out in batch:
            time.sleep(self.channel.options["seconds"] / 2)
            self.line.execute(
                "INSERT INTO channels_simulateddelivery (channel_id, ref, phone, text, at)"
                " VALUES (%s, %s, %s, %s, clock_timestamp())",
                [self.channel.pk, out.ref, out.to, out.text],
            )
            time.sleep(self.channel.options["seconds"] / 2)
            outcomes.append(Accepted(f"SINK-{out.ref}", clock.now()))
        return outcomes

    def collect(self, limit: int) -> int:
        return 0

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        return []

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        return dict.fromkeys(phones)
