"""The simulator and the scripted provider fulfil the contract."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from django.db import connection

from wabolt.channels.models import SimulatedDelivery, SimulatedFile
from wabolt.channels.providers.simulator import behaviour, phones
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.registry.contract import Outgoing
from wabolt.channels.tests import scripted
from wabolt.channels.tests.conformance import ProviderConformance
from wabolt.channels.tests.conformance_inbound import PICTURE, Reported
from wabolt.channels.tests.conformance_outbound import Arrived
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
PHONES = {
    "accepted": "+628110000001",
    "refused": "+628110000002",
    "later": "+628110000003",
    "ambiguous": "+628110000004",
}


class TestScripted(ProviderConformance):
    provider_class = scripted.ScriptedProvider

    def make(self) -> scripted.ScriptedProvider:
        provider = self.provider_class(make_channel())
        provider.world.script = {
            PHONES["refused"]: scripted.REFUSED,
            PHONES["later"]: scripted.LATER,
            PHONES["ambiguous"]: scripted.AMBIGUOUS,
        }
        return provider

    def message_for(self, provider: Any, kind: str) -> Outgoing:
        return Outgoing(f"m-{kind}", "phone", PHONES[kind], "halo")

    def report_something(self, provider: Any) -> None:
        provider.world.tell_message(PHONES["accepted"], "halo", f"in-{len(provider.world.told)}")

    def report(self, provider: Any, kind: str) -> Reported:
        world, phone = provider.world, PHONES["accepted"]
        who = {"identities": [["phone", phone]], "provider_id": f"in-{kind}"}
        match kind:
            case "media":
                world.tell_file(phone, "in-media", PICTURE, text="📷 Yang ini, Kak")
                return Reported("Yang ini, Kak")
            case "own":
                world.tell("own", "in-own", text="Ada, Kak", **who)
                return Reported("Ada, Kak")
            case "button":
                world.tell_message(phone, "Mau", "in-button")
                return Reported("Mau")
        text = {"reaction": "❤️", "edit": "Ukuran M saja"}.get(kind, "")
        world.tell("updated", f"in-{kind}", what=kind, target="in-0", text=text, **who)
        return Reported(text, "in-0")

    def delete_files(self, provider: Any) -> None:
        provider.world.files.clear()

    def arrived(self, provider: Any) -> list[Arrived]:
        taken = [(out.media, out.text) for out in provider.world.taken]
        return [Arrived(media.kind, media.data, text, media.name) for media, text in taken if media]


class TestCourteous(TestScripted):
    """The scripted provider with all optional methods."""

    provider_class = scripted.CourteousProvider


class TestSimulator(ProviderConformance):
    @pytest.fixture(autouse=True)
    def _noon(self) -> Iterator[None]:
        """Stops the clock, because the simulator decides each minute whether a line is busy."""
        with clock.hold(NOON):
            yield

    def make(self) -> SimulatorProvider:
        rates = {"wrong_number": 0.3, "busy": 0.3, "ambiguous": 0.3}
        return SimulatorProvider(make_channel(options={"seed": 3, "rates": rates}))

    def message_for(self, provider: Any, kind: str) -> Outgoing:
        return next(self._fated(provider, kind))

    def _fated(self, provider: Any, kind: str) -> Iterator[Outgoing]:
        """Searches for simulated phones and messages with the wanted outcome."""
        wanted = {"refused": "wrong_number", "later": "busy"}.get(kind, kind)
        messages = (Outgoing(f"m-{kind}-{n}", "phone", f"+62811{n:07}", "halo") for n in range(1000))
        return (m for m in messages if behaviour.verdict(provider.profile, m.to, m.ref, NOON) == wanted)

    def acceptable(self, provider: Any, count: int) -> list[Outgoing]:
        return list(islice(self._fated(provider, "accepted"), count))

    def report_something(self, provider: Any) -> None:
        phones.write(channel=provider.channel, phone=PHONES["accepted"], text="halo")

    def report(self, provider: Any, kind: str) -> Reported:
        file = phones.SentFile(PICTURE)
        phones.write(channel=provider.channel, phone=PHONES["accepted"], text="Yang ini, Kak", file=file)
        return Reported("Yang ini, Kak")

    def delete_files(self, provider: Any) -> None:
        SimulatedFile.objects.all().delete()

    def arrived(self, provider: Any) -> list[Arrived]:
        files = {file.key: file for file in SimulatedFile.objects.all()}
        came = SimulatedDelivery.objects.exclude(file_key="").order_by("id")
        return [_arrived(files[one.file_key], one.text) for one in came]


def _arrived(file: SimulatedFile, text: str) -> Arrived:
    return Arrived("image" if file.mime_type == "image/jpeg" else "document", bytes(file.data), text, file.name)


@pytest.mark.django_db
def test_the_simulator_keeps_its_limit_under_every_plan() -> None:
    """A nested loop must not evaluate the search for due events again for each event."""
    provider = TestSimulator().make()
    provider.connect()
    for _ in range(3):
        TestSimulator().report_something(provider)
    with connection.cursor() as cursor:
        for setting in ("hashjoin", "mergejoin", "material", "hashagg", "sort"):
            cursor.execute(f"SET LOCAL enable_{setting} = off")
    assert [provider.collect(1) for _ in range(4)] == [1, 1, 1, 0]
