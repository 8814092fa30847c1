"""Factories for ways in."""

from wabolt.channels.models import Channel
from wabolt.optin.giveaways.tests import factories as giveaways
from wabolt.optin.models import EntryPoint
from wabolt.optin.queries import placements_of
from wabolt.optin.services import PointDraft, create_point


def make_point(channel: Channel, **fields: object) -> EntryPoint:
    """Creates an open entry point with one code; a QR code at the till unless told otherwise."""
    values: dict[str, object] = {"kind": "qr", "name": "Kasir Dago", "channel": channel, **fields}
    return create_point(workspace=channel.workspace, draft=PointDraft(**values))  # type: ignore[arg-type]


def code_of(point: EntryPoint) -> str:
    """The present code of the first placement of an entry point."""
    return placements_of(point)[0].code


ISOLATION = {**giveaways.ISOLATION}
"""Objects that routes of this room refer to (`tests/guards/test_isolation.py`)."""
