"""Ready-made channels for tests of every room.

A simulated channel works inside pytest-django's ordinary `db` fixture as well as with real commits: the simulator
commits by `transaction.atomic(durable=True)`, which a test's own transaction is allowed to wrap.
"""

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.providers.simulator import world
from wabolt.channels.registry.contract import Media
from wabolt.lib import clock

CALM = {"seed": 1, "speed": 1, "rates": {}}
"""Phones that only receive: no replies, no clicks, no wrong numbers, nothing late or doubled."""


def make_channel(workspace: Workspace | None = None, **fields: object) -> Channel:
    """A connected simulated number, fast and without warm-up, its phones calm unless `options` say otherwise."""
    values: dict[str, object] = {
        "provider": "simulator",
        "name": "Toko",
        "phone": "+6281100000001",
        "state": Channel.State.CONNECTED,
        "linked_at": clock.now(),
        "messages_per_minute": 1_000_000,
        "daily_cap": 1_000_000,
        "warm_up": False,
        "options": CALM,
    }
    return Channel.objects.create(workspace=workspace or make_workspace(), **{**values, **fields})


def _phone_with_picture(workspace: Workspace) -> dict[str, object]:
    """A simulated phone that got a picture."""
    channel = make_channel(workspace)
    media = Media("image", "image/jpeg", b"batik")
    world.put(channel, clock.now(), [("1", "+6281234567890", "Baru", media)], [])
    return {"channel_id": channel.pk, "digits": 6281234567890, "key": world.file_key(media)}


def _pictured(workspace: Workspace) -> dict[str, int]:
    channel = make_channel(workspace, provider="linked")
    LinkedNumber.objects.create(channel=channel, picture="1", picture_data=b"\xff\xd8\xff\xd9")
    return {"channel_id": channel.pk}


ISOLATION = {"phone_file": _phone_with_picture, "picture": _pictured}
"""What routes of this room point at, where an ordinary number is not enough (tests/guards)."""
