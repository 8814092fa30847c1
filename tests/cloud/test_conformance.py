"""The Cloud API fulfils the contract."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from tests.graph.server import Answer, GraphServer
from wabolt.channels.models import RawEvent
from wabolt.channels.providers.cloud.provider import CloudProvider
from wabolt.channels.registry import Outgoing
from wabolt.channels.tests.conformance import ProviderConformance
from wabolt.channels.tests.conformance_inbound import PICTURE, Reported
from wabolt.channels.tests.conformance_outbound import LEAFLET, PHOTO, Arrived

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

    def message_for(self, provider: Any, kind: str) -> Outgoing:
        ref = f"{len(self.graph.script) + 1}"
        self.graph.script[ref] = STEPS[kind]
        return Outgoing(ref, "phone", "+6281200000001", "Halo Kak")

    def report_something(self, provider: Any) -> None:
        name = f"wamid.in.{len(self.told) + len(self.before)}"
        self.told.append(webhooks.encoded(webhooks.message(name, body="Halo")))

    def report(self, provider: Any, kind: str) -> Reported:
        told, expected = self._told(kind)
        self.told.append(webhooks.encoded(told))
        return expected

    def _told(self, kind: str) -> tuple[dict[str, Any], Reported]:
        name = f"wamid.in.{kind}"
        match kind:
            case "media":
                self.graph.media["777"] = (PICTURE, "image/jpeg")
                part = {"id": "777", "mime_type": "image/jpeg", "caption": "Yang ini, Kak"}
                return webhooks.message(name, "image", **part), Reported("Yang ini, Kak")
            case "button":
                return webhooks.message(name, "button", text="Mau", payload="YA"), Reported("Mau")
            case "own":
                echo = {"id": name, "type": "text", "to": "6281200000001", "text": {"body": "Ada, Kak"}}
                echo["timestamp"] = "1795000000"
                return webhooks.envelope(field="smb_message_echoes", message_echoes=[echo]), Reported("Ada, Kak")
            case "reaction":
                return webhooks.message(name, kind, message_id="wamid.0", emoji="❤️"), Reported("❤️", "wamid.0")
            case "edit":
                new = {"type": "text", "text": {"body": "Ukuran M saja"}}
                told = webhooks.message(name, kind, original_message_id="wamid.0", message=new)
                return told, Reported("Ukuran M saja", "wamid.0")
        return webhooks.message(name, kind, original_message_id="wamid.0"), Reported("", "wamid.0")

    def arrived(self, provider: Any) -> list[Arrived]:
        return [one for body in self.graph.bodies if (one := self._arrived(body))]

    def _arrived(self, body: dict[str, Any]) -> Arrived | None:
        kind = body["type"]
        if kind == "text":
            return None
        upload, _mime_type = self.graph.media[body[kind]["id"]]  # as it came: a form of several parts
        data = next((data for data in (PHOTO, LEAFLET) if data in upload), b"")
        return Arrived(kind, data, body[kind].get("caption", ""), body[kind].get("filename", ""))

    def acceptable(self, provider: Any, count: int) -> list[Outgoing]:
        return [self.message_for(provider, "accepted") for _ in range(count)]

    def test_a_file_is_handed_over_once_for_all(self) -> None:
        self.test_one_file_goes_to_many()
        assert len(self.graph.media) == 1

    def delete_files(self, provider: Any) -> None:
        self.graph.media.clear()

    def store_events(self, provider: Any, limit: int) -> int:
        """Calls the webhook with all events so far, including repeated ones."""
        now, self.told = self.told[:limit], self.told[limit:]
        count = RawEvent.objects.count()
        for body in [*now, *self.before, *now]:
            assert post(provider.channel, body).status_code == 200
        self.before += now
        return RawEvent.objects.count() - count
