"""A failed upload does not delay messages without a file."""

from typing import Any

import pytest

from wabolt.channels.providers.linked.provider import LinkedProvider
from wabolt.channels.registry.contract import Accepted, Later, Media, Outgoing
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db


class Child:
    """A connected process whose uploads fail."""

    def __init__(self) -> None:
        self.is_connected = True
        self.files: dict[tuple[str, str], float] = {}
        self.asked: list[str] = []

    def ask(self, _seconds: float, /, **command: Any) -> dict[str, Any]:
        self.asked.append(command["do"])
        if command["do"] == "upload":
            return {"error": "upload failed with status code 500"}
        return {"end": "accepted", "message": "3EB0", "at": 1_790_000_000}


def _out(ref: str, media: Media | None = None) -> Outgoing:
    return Outgoing(ref, "phone", "+6281200000001", "Halo", media=media)


PICTURE = Media("image", "image/jpeg", b"\xff\xd8no picture")


@pytest.fixture
def provider() -> LinkedProvider:
    provider = LinkedProvider(make_channel(provider="linked"))
    provider.child = Child()  # type: ignore[assignment]
    return provider


def test_failed_upload_delays_only_its_own_messages(provider: LinkedProvider) -> None:
    [outcome] = provider.send([_out("1", PICTURE)])
    assert isinstance(outcome, Later)
    assert not outcome.whole_lane
    [outcome] = provider.send([_out("2")])
    assert isinstance(outcome, Accepted)


def test_failed_upload_is_not_repeated_for_each_message(provider: LinkedProvider) -> None:
    for ref in "123":
        assert isinstance(provider.send([_out(ref, PICTURE)])[0], Later)
    assert provider.child.asked == ["upload"]  # type: ignore[union-attr]


def test_without_a_connection_the_whole_lane_waits(provider: LinkedProvider) -> None:
    provider.child.is_connected = False  # type: ignore[union-attr]
    [outcome] = provider.send([_out("1", PICTURE)])
    assert isinstance(outcome, Later)
    assert outcome.whole_lane
