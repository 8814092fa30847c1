"""The conformance suite for files to send (`Capabilities.media`).

    class TestMyProvider(OutboundConformance):
        def make(self): ...               # as for `ProviderConformance`
        def message_for(self, provider, kind): ...
        def arrived(self, provider): ...  # the files that recipients have received

Mixed into `conformance.ProviderConformance`.
"""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from PIL import Image

from wabolt.channels.registry.contract import Accepted, Media, Outgoing, Refused


def _photo() -> bytes:
    out = BytesIO()
    Image.effect_noise((160, 120), 60).save(out, "JPEG")
    return out.getvalue()


PHOTO = _photo()
LEAFLET = b"%PDF-1.4\n" + bytes(range(256)) * 20 + b"\n%%EOF"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message with a file, as the recipient has it."""

    kind: str
    data: bytes
    text: str
    name: str = ""


class OutboundConformance:
    """Inherit with `ProviderConformance`."""

    def make(self) -> Any:
        """Returns a provider on a connected, stored channel."""
        raise NotImplementedError

    def message_for(self, provider: Any, kind: str) -> Outgoing | None:
        """See `ProviderConformance.message_for`."""
        raise NotImplementedError

    def arrived(self, provider: Any) -> list[Arrived]:
        """Returns the files that recipients have received since `make`, oldest first."""
        raise NotImplementedError

    def acceptable(self, provider: Any, count: int) -> list[Outgoing]:
        """Returns this many messages that will be accepted."""
        message = self.message_for(provider, "accepted")
        assert message is not None
        return [replace(message, ref=f"{message.ref}{n}") for n in range(count)]

    def test_a_picture_arrives_with_its_caption(self) -> None:
        provider, [message] = self._ready(1)
        photo = Media("image", "image/jpeg", PHOTO)
        [outcome] = provider.send([replace(message, text="Batik baru, Kak", media=photo)])
        assert isinstance(outcome, Accepted), outcome
        assert self.arrived(provider) == [Arrived("image", PHOTO, "Batik baru, Kak")]

    def test_a_document_arrives_under_its_name(self) -> None:
        provider, [message] = self._ready(1)
        leaflet = Media("document", "application/pdf", LEAFLET, "Katalog Lebaran.pdf")
        [outcome] = provider.send([replace(message, text="", media=leaflet)])
        assert isinstance(outcome, Accepted), outcome
        assert self.arrived(provider) == [Arrived("document", LEAFLET, "", "Katalog Lebaran.pdf")]

    def test_one_file_goes_to_many(self) -> None:
        provider, messages = self._ready(3)
        photo = Media("image", "image/jpeg", PHOTO)
        batch = [replace(message, text=f"Kak {n}", media=photo) for n, message in enumerate(messages)]
        assert all(isinstance(outcome, Accepted) for outcome in provider.send(batch))
        assert {(one.data, one.text) for one in self.arrived(provider)} == {(PHOTO, f"Kak {n}") for n in range(3)}

    def test_unsupported_file_is_refused_with_its_code(self) -> None:
        provider, [message] = self._ready(1)
        able = provider.capabilities
        too_many = bytes(able.media["image"].max_bytes + 1)
        too_long = "x" * (able.max_caption_length + 1)
        cases = [
            ("unsupported_kind", "", Media("image", "image/tiff", PHOTO)),
            ("unsupported_kind", "", Media("hologram", "image/jpeg", PHOTO)),
            ("media_too_large", "", Media("image", "image/jpeg", too_many)),
            ("too_long", too_long, Media("image", "image/jpeg", PHOTO)),
        ]
        for code, text, media in cases:
            [outcome] = provider.send([replace(message, text=text, media=media)])
            assert isinstance(outcome, Refused)
            assert outcome.code == code
        assert self.arrived(provider) == []

    def _ready(self, count: int) -> tuple[Any, list[Outgoing]]:
        provider = self.make()
        assert {"image", "document"} <= provider.capabilities.media.keys()
        provider.connect()
        return provider, self.acceptable(provider, count)
