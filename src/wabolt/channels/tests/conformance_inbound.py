"""The conformance suite for incoming events besides texts (`Capabilities.reports`).

    class TestMyProvider(InboundConformance):
        def make(self): ...                     # as for `ProviderConformance`
        def report(self, provider, kind): ...  # lets the vendor report the event; what it contains
        def delete_files(self, provider): ...     # deletes all files at the vendor

Mixed into `conformance.ProviderConformance`.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from wabolt.channels.registry.contract import MediaGoneError, MediaProvider, MediaTooBigError
from wabolt.channels.registry.events import (
    IncomingMedia,
    IncomingMessage,
    MessageUpdated,
    OwnMessage,
    ProviderEvent,
)

PICTURE = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256)) * 20
"""Bytes of a received file: not a valid picture; they contain every byte value."""
REPORTED: dict[str, type] = {
    "media": IncomingMessage,
    "reaction": MessageUpdated,
    "edit": MessageUpdated,
    "revoke": MessageUpdated,
    "button": IncomingMessage,
    "own": OwnMessage,
}


@dataclass(frozen=True, slots=True)
class Reported:
    """The expected text (the caption of a file) and the message that it concerns."""

    text: str = ""
    target: str = ""


class InboundConformance:
    """Inherit with `ProviderConformance`."""

    def make(self) -> Any:
        """Returns a provider on a connected, stored channel."""
        raise NotImplementedError

    def report(self, provider: Any, kind: str) -> Reported:
        """Lets the vendor report an event of this kind (a key of REPORTED); a file contains `PICTURE`."""
        raise NotImplementedError

    def delete_files(self, provider: Any) -> None:
        """Removes all files at the vendor."""
        raise NotImplementedError

    def reported(self, provider: Any, kind: str) -> tuple[Reported, list[ProviderEvent]]:
        """Reports an event of the kind, stores it and returns the parsed events of that kind."""
        expected = self.report(provider, kind)
        self.store_events(provider, 1000)  # type: ignore[attr-defined]
        events = [event for raw in self.stored(provider) for event in provider.parse(raw)]  # type: ignore[attr-defined]
        return expected, [event for event in events if isinstance(event, REPORTED[kind])]

    @pytest.mark.parametrize("kind", REPORTED)
    def test_each_declared_kind_is_reported(self, kind: str) -> None:
        provider = self.make()
        if kind not in provider.capabilities.reports:
            return
        provider.connect()
        expected, events = self.reported(provider, kind)
        event: Any = events[-1]
        assert event.text.endswith(expected.text)
        assert event.provider_id
        assert event.identities
        if isinstance(event, MessageUpdated):
            assert (event.kind, event.target, event.text) == (kind, expected.target, expected.text)

    def test_it_hears_only_what_there_is(self) -> None:
        assert self.make().capabilities.reports <= REPORTED.keys()

    def _file(self, provider: Any) -> IncomingMedia | None:
        """Returns the reference of a received file, as read from a database."""
        if "media" not in provider.capabilities.reports:
            return None
        provider.connect()
        _expected, events = self.reported(provider, "media")
        message = events[-1]
        assert isinstance(message, IncomingMessage)
        assert message.media is not None
        assert message.media.kind == "image"
        assert isinstance(provider, MediaProvider)
        assert json.loads(json.dumps(dict(message.media.reference))) == message.media.reference
        return message.media

    def test_a_file_is_fetched_as_it_was_sent_and_more_than_once(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is None:
            return
        assert file.size in {None, len(PICTURE)}
        assert provider.fetch_media(file.reference, len(PICTURE)) == PICTURE
        assert provider.fetch_media(file.reference, len(PICTURE)) == PICTURE

    def test_file_over_the_limit_raises(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is not None:
            with pytest.raises(MediaTooBigError):
                provider.fetch_media(file.reference, len(PICTURE) - 1)

    def test_deleted_file_raises(self) -> None:
        provider = self.make()
        if (file := self._file(provider)) is not None:
            self.delete_files(provider)
            with pytest.raises(MediaGoneError):
                provider.fetch_media(file.reference, len(PICTURE))
