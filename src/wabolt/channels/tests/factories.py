"""Channels for tests of every room.

A simulated channel works with the `db` fixture and with real commits: `transaction.atomic(durable=True)` may be nested
in the transaction of a test.
"""

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.providers.simulator import world
from wabolt.channels.registry.contract import Media
from wabolt.lib import clock

CALM = {"seed": 1, "speed": 1, "rates": {}}
"""Phones that only receive messages."""


def make_channel(workspace: Workspace | None = None, **fields: object) -> Channel:
    """Returns a connected simulated number, fast and without warm-up; its phones only receive by default."""
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
    """Returns the route of a picture on a simulated phone."""
    channel = make_channel(workspace)
    media = Media("image", "image/jpeg", b"batik")
    world.put(channel, clock.now(), [("1", "+6281234567890", "Baru", media)], [])
    return {"channel_id": channel.pk, "digits": 6281234567890, "key": world.file_key(media)}


def _pictured(workspace: Workspace) -> dict[str, int]:
    channel = make_channel(workspace, provider="linked")
    LinkedNumber.objects.create(channel=channel, picture="1", picture_data=b"\xff\xd8\xff\xd9")
    return {"channel_id": channel.pk}


ISOLATION = {"phone_file": _phone_with_picture, "picture": _pictured}
"""Objects for routes of this room that need more than an ordinary number (tests/guards)."""
