"""The Cloud API keeps the contract of every provider."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from tests.graph.server import Answer, GraphServer
from wabolt.channels.models import RawEvent
from wabolt.channels.providers.base import Outgoing
from wabolt.channels.providers.cloud.provider import CloudProvider
from wabolt.channels.tests.conformance import ProviderConformance

STEPS: dict[str, Any] = {
    "accepted": None,
    "refused": Answer(400, 131026),
    "later": Answer(400, 130429),
    "ambiguous": "drop_after",
}


class TestCloudProvider(ProviderConformance):
    @pytest.fixture(autouse=True)
    def _graph(self, graph: GraphServer) -> Iterator[None]:
        self.graph = graph
        self.told: list[bytes] = []
        self.before: list[bytes] = []
        self.made: list[CloudProvider] = []
        yield
        for provider in self.made:
            provider.close()

    def make(self) -> CloudProvider:
        self.made.append(CloudProvider(make_cloud()))
        return self.made[-1]

    def ending(self, provider: Any, kind: str) -> Outgoing:
        ref = f"{len(self.graph.script) + 1}"
        self.graph.script[ref] = STEPS[kind]
        return Outgoing(ref, "phone", "+6281200000001", "Halo Kak")

    def outside(self, provider: Any) -> None:
        name = f"wamid.in.{len(self.told) + len(self.before)}"
        self.told.append(webhooks.encoded(webhooks.message(name, body="Halo")))

    def bring(self, provider: Any, limit: int) -> int:
        """Meta calls, and calls again for everything it told before."""
        now, self.told = self.told[:limit], self.told[limit:]
        count = RawEvent.objects.count()
        for body in [*now, *self.before, *now]:
            assert post(provider.channel, body).status_code == 200
        self.before += now
        return RawEvent.objects.count() - count
