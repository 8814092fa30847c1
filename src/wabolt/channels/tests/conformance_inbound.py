"""What every provider tells of besides texts, where its capability `hears` says that it does.

    class TestMyProvider(InboundConformance):
        def make(self): ...                     # as for `ProviderConformance`
        def happens(self, provider, kind): ...  # makes the outside do it; what must be heard
        def lose_files(self, provider): ...     # the vendor keeps no file any more

Mixed into `conformance.ProviderConformance`.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from wabolt.channels.registry.contract import (
    Fetching,
    IncomingMedia,
    IncomingMessage,
    MediaGoneError,
    MediaTooBigError,
    MessageTouched,
    OwnMessage,
    ProviderEvent,
)

PICTURE = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256)) * 20
"""What somebody sends: not a real picture, but real bytes, with all there are among them."""
HEARD: dict[str, type] = {
    "media": IncomingMessage,
    "reaction": MessageTouched,
    "edit": MessageTouched,
    "revoke": MessageTouched,
    "button": IncomingMessage,
    "own": OwnMessage,
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: the words that must be heard (of a file: its caption), and the message it was done to."""

    text: str = ""
    target: str = ""


class InboundConformance:
    """Inherit with `ProviderConformance`."""

    def make(self) -> Any:
        """A provider on a connected channel that is in the database."""
        raise NotImplementedError

    def happens(self, provider: Any, kind: str) -> Deed:
        """Lets the outside do a thing of this kind (a key of HEARD) and tell of it; a file holds `PICTURE`."""
        raise NotImplementedError

    def lose_files(self, provider: Any) -> None:
        """From now on the vendor does not give out any file any more."""
        raise NotImplementedError

    def heard(self, provider: Any, kind: str) -> tuple[Deed, list[ProviderEvent]]:
        """Lets it happen, brings it in, and answers what of that kind was understood."""
        deed = self.happens(provider, kind)
        self.bring(provider, 1000)  # type: ignore[attr-defined]
        events = [event for raw in self.stored(provider) for event in provider.parse(raw)]  # type: ignore[attr-defined]
        return deed, [event for event in events if isinstance(event, HEARD[kind])]

    @pytest.mark.parametrize("kind", HEARD)
    def test_what_it_says_it_hears_is_heard(self, kind: str) -> None:
        provider = self.make()
        if kind not in provider.capabilities.hears:
            return
        provider.connect()
        deed, events = self.heard(provider, kind)
        event: Any = events[-1]
        assert event.text.endswith(deed.text)
        assert event.provider_id
        assert event.identities
        if isinstance(event, MessageTouched):
            assert (event.kind, event.target, event.text) == (kind, deed.target, deed.text)

    def test_it_hears_only_what_there_is(self) -> None:
        assert self.make().capabilities.hears <= HEARD.keys()

    def _file(self, provider: Any) -> IncomingMedia | None:
        """A file that somebody sent just now; its reference as a database would give it back."""
        if "media" not in provider.capabilities.hears:
            return None
        provider.connect()
        _deed, events = self.heard(provider, "media")
        message = events[-1]
        assert isinstance(message, IncomingMessage)
        assert message.media is not None
        assert message.media.kind == "image"
        assert isinstance(provider, Fetching)
        assert json.loads(json.dumps(dict(message.media.reference))) == message.media.reference
        return message.media

    def test_a_file_is_fetched_as_it_was_sent_and_more_than_once(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is None:
            return
        assert file.size in {None, len(PICTURE)}
        assert provider.fetch_media(file.reference, len(PICTURE)) == PICTURE
        assert provider.fetch_media(file.reference, len(PICTURE)) == PICTURE

    def test_a_file_that_is_too_big_is_said_to_be(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is not None:
            with pytest.raises(MediaTooBigError):
                provider.fetch_media(file.reference, len(PICTURE) - 1)

    def test_a_file_that_is_gone_is_said_to_be(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is not None:
            self.lose_files(provider)
            with pytest.raises(MediaGoneError):
                provider.fetch_media(file.reference, len(PICTURE))
