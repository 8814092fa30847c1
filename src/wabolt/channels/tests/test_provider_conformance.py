"""The two providers that live in this house keep the contract."""

from typing import Any

from wabolt.channels.models import Channel
from wabolt.channels.providers.base import Outgoing
from wabolt.channels.providers.simulator import phones
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.tests import scripted
from wabolt.channels.tests.conformance import ProviderConformance
from wabolt.channels.tests.factories import make_channel

PHONES = {
    "accepted": "+628110000001",
    "refused": "+628110000002",
    "later": "+628110000003",
    "ambiguous": "+628110000004",
}


class TestScripted(ProviderConformance):
    def make(self) -> scripted.ScriptedProvider:
        provider = scripted.ScriptedProvider(make_channel())
        provider.world.script = {
            PHONES["refused"]: scripted.REFUSED,
            PHONES["later"]: scripted.LATER,
            PHONES["ambiguous"]: scripted.AMBIGUOUS,
        }
        return provider

    def ending(self, provider: Any, kind: str) -> Outgoing:
        return Outgoing(f"m-{kind}", "phone", PHONES[kind], "halo")

    def outside(self, provider: Any) -> None:
        provider.world.tell_message(PHONES["accepted"], "halo", f"in-{len(provider.world.told)}")


class TestSimulator(ProviderConformance):
    def make(self) -> SimulatorProvider:
        return SimulatorProvider(make_channel())

    def ending(self, provider: Any, kind: str) -> Outgoing | None:
        """The simulator's phones are drawn by lot: look for a phone and a message with the wanted fate."""
        share = {"refused": "wrong_number", "later": "busy", "ambiguous": "ambiguous"}
        if kind in share:
            # One channel for all endings: half of everything goes wrong in some way.
            channel: Channel = provider.channel
            channel.options = {"seed": 3, "rates": dict.fromkeys(share.values(), 0.4)}
            provider.__init__(channel)
        for n in range(1000):
            message = Outgoing(f"m-{kind}-{n}", "phone", f"+62811{n:07}", "halo")
            if fate(provider, message) == kind:
                return message
        raise AssertionError(f"no phone ends {kind}")

    def outside(self, provider: Any) -> None:
        phones.write(channel=provider.channel, phone=PHONES["accepted"], text="halo")


def fate(provider: SimulatorProvider, message: Outgoing) -> str:
    from wabolt.channels.providers.simulator import profile
    from wabolt.lib import clock

    verdict = profile.verdict(provider.profile, message.to, message.ref, clock.now())
    return {"wrong_number": "refused", "busy": "later"}.get(verdict, verdict)
