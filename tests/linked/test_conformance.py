"""The linked number fulfils the contract, over the real client. It is paired once. A test uses the connection of the
one before if that is still there: each process takes more than a second of processor time."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.linked.conftest import BUYER, SHOP, Linked, forget_sessions
from tests.waserver.client import ServerProcess
from tests.waserver.network import Network
from wabolt.channels.models import LinkedNumber, RawEvent
from wabolt.channels.providers.linked.provider import LinkedProvider
from wabolt.channels.registry import Media, Outgoing, PresenceProvider
from wabolt.channels.tests.conformance import ProviderConformance
from wabolt.channels.tests.conformance_inbound import PICTURE, Reported
from wabolt.channels.tests.conformance_outbound import PHOTO, Arrived

NOBODY = "6281100009999"
CHANNEL = 1_000_001
"""The key of the channel. Each test creates it again, for the process that stays."""


@pytest.fixture(scope="module")
def one_network(wa_client: Any, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Network]:
    """One WhatsApp server for all tests of the contract."""
    state, site = wa_client
    with django_db_blocker.unblock():
        forget_sessions()
    with ServerProcess(state) as server:
        yield Network(server, site)
    with django_db_blocker.unblock():
        forget_sessions()


@pytest.fixture(scope="module")
def kept() -> Iterator[list[LinkedProvider]]:
    """The provider whose process is connected, if there is one."""
    providers: list[LinkedProvider] = []
    yield providers
    for provider in providers:
        provider.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestLinked(ProviderConformance):
    jid = ""

    @pytest.fixture(autouse=True)
    def _world(
        self,
        one_network: Network,
        kept: list[LinkedProvider],
        monkeypatch: pytest.MonkeyPatch,
        socket_enabled: None,
        transactional_db: None,
    ) -> Iterator[None]:
        self.network = one_network
        self.kept = kept
        self.made: list[LinkedProvider] = []
        for name, value in one_network.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("WABOLT_WA_PROXY", one_network.proxy)
        monkeypatch.setattr(LinkedProvider, "send_seconds", 0.7)
        one_network.ctl("register", phone=BUYER, name="Rani")
        one_network.ctl("register", phone=SHOP, name="Toko")
        one_network.ctl("fault", phone=SHOP, swallow_acks=False)
        one_network.ctl("refuse", on=False)
        yield
        for provider in self.made:
            if not self._settled(provider):
                provider.close()
            elif provider not in kept:
                kept.append(provider)

    def _settled(self, provider: LinkedProvider) -> bool:
        """Waits until the process has stored all that WhatsApp has told it. Returns False if it is not connected."""
        if provider.child is None or not provider.child.is_connected or not type(self).jid:
            return False
        last = self.network.ctl("send", sender=BUYER, to=SHOP, text="penanda")
        self._until(lambda: RawEvent.objects.filter(kind="message", payload__id=last).exists())
        return True

    @pytest.fixture(autouse=True)
    def _sessions_are_gone(self) -> None:
        """Disabled here: all these tests share the session."""

    def make(self) -> LinkedProvider:
        shop = Linked(self.network, pk=CHANNEL)
        self.made.append(shop.provider)
        if not type(self).jid:
            shop.link()
            type(self).jid = shop.number.jid
            shop.provider.close()
            RawEvent.objects.filter(channel=shop.channel).delete()
        LinkedNumber.objects.update_or_create(channel=shop.channel, defaults={"jid": type(self).jid, "stage": "linked"})
        provider = self.kept.pop() if self.kept else self._connecting(shop)
        self.made.append(provider)
        provider.channel = shop.channel
        if provider.child is not None:
            provider.child.files.clear()
        return provider

    def _connecting(self, shop: Linked) -> LinkedProvider:
        """Returns a provider whose `connect` waits for the connection."""
        provider = LinkedProvider(shop.channel)
        connect = provider.connect

        def connected() -> None:
            connect()
            self._until(lambda: provider.child is not None and provider.child.is_connected)

        provider.connect = connected  # type: ignore[method-assign]
        return provider

    def make_again(self, provider: Any) -> LinkedProvider:
        again = LinkedProvider(provider.channel)
        self.made.append(again)
        return again

    def message_for(self, provider: Any, kind: str) -> Outgoing:
        if kind == "ambiguous":
            self.network.ctl("fault", phone=SHOP, swallow_acks=True)
        if kind == "later":
            self.network.ctl("refuse", on=True)
            self.network.ctl("drop", phone=SHOP)
            self._until(lambda: not provider.child.is_connected)
        return Outgoing(f"m-{kind}", "phone", f"+{NOBODY if kind == 'refused' else BUYER}", "halo")

    def report_something(self, provider: Any) -> None:
        said = RawEvent.objects.filter(channel=provider.channel, kind="message", payload__group=False)
        before = said.count()
        self.network.ctl("send", sender=BUYER, to=SHOP, text="halo")
        self._until(lambda: said.count() > before)

    def report(self, provider: Any, kind: str) -> Reported:
        said = RawEvent.objects.filter(channel=provider.channel, kind="message", payload__group=False)
        phone = {"sender": BUYER, "to": SHOP}
        first = self.network.ctl("send", **phone, text="Ukuran L ada?")
        self._until(lambda: said.filter(payload__id=first).exists())
        expected = self._do(kind, phone, first)
        self._until(lambda: said.exclude(payload__category="peer").count() > 1)
        return expected

    def _do(self, kind: str, phone: dict[str, str], first: str) -> Reported:
        match kind:
            case "media":
                image = base64.b64encode(PICTURE).decode()
                self.network.ctl("send", **phone, image=image, caption="Yang ini, Kak")
                return Reported("Yang ini, Kak")
            case "reaction":
                self.network.ctl("react", **phone, target=first, emoji="❤️")
                return Reported("❤️", first)
            case "edit":
                self.network.ctl("edit", **phone, target=first, text="Ukuran M saja")
                return Reported("Ukuran M saja", first)
            case "revoke":
                self.network.ctl("revoke", **phone, target=first)
                return Reported("", first)
        self.network.ctl("send", sender=SHOP, to=BUYER, text="Ada, Kak")
        return Reported("Ada, Kak")

    def arrived(self, provider: Any) -> list[Arrived]:
        """Decrypted by the simulated phone."""
        found = []
        for item in self.network.ctl("inbox", phone=BUYER, since=self.seen):
            if item["kind"] in {"image", "document"} and not item["from_me"]:
                data = base64.b64decode(self.network.ctl("download", phone=BUYER, message=item["id"]))
                found.append(Arrived(item["kind"], data, item["text"], item.get("name", "")))
        return found

    def test_a_picture_says_how_it_looks_before_it_is_loaded(self) -> None:
        provider, [message] = self._ready(1)
        provider.send([replace(message, text="", media=Media("image", "image/jpeg", PHOTO))])
        [item] = [one for one in self.network.ctl("inbox", phone=BUYER, since=self.seen) if one["kind"] == "image"]
        assert item["size"] == [160, 120]
        assert 0 < item["thumbnail"] < 5000

    def test_a_file_is_uploaded_once_for_all(self) -> None:
        before = self._uploads()
        self.test_one_file_goes_to_many()
        assert self._uploads() == before + 1

    def _uploads(self) -> int:
        return sum(event["method"] == "POST" for event in self.network.ctl("events", kind="media"))

    def acceptable(self, provider: Any, count: int) -> list[Outgoing]:
        self.seen = len(self.network.ctl("inbox", phone=BUYER))
        return super().acceptable(provider, count)

    def delete_files(self, provider: Any) -> None:
        self.network.ctl("lose-media")

    def _until(self, holds: Any) -> None:
        end = time.monotonic() + 120
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.02)

    def test_send_answers_in_the_order_of_the_batch(self) -> None:
        """Here acknowledgements are lost for the whole number, so the ambiguous message comes last."""
        provider = self.make()
        provider.connect()
        batch = [self.message_for(provider, "refused"), self.message_for(provider, "accepted")]
        assert [type(o).__name__ for o in provider.send(batch)] == ["Refused", "Accepted"]

    def test_provider_sends_typing_and_read_receipts(self) -> None:
        provider = self.make()
        assert isinstance(provider, PresenceProvider)
        provider.connect()
        self.report_something(provider)
        raw = next(raw for raw in self.stored(provider) if raw.payload.get("sender_alt", "").startswith(BUYER))
        provider.typing("phone", f"+{BUYER}", on=True)
        provider.mark_read("phone", f"+{BUYER}", [raw.payload["id"]])
        self._until(lambda: any(r["type"] == "read" for r in self.network.ctl("receipts", phone=BUYER)))
