"""Factories for ways in."""

from datetime import timedelta

from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.optin.events.services import cancel_event
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests import factories as giveaways
from wabolt.optin.models import EntryPoint
from wabolt.optin.queries import placements_of
from wabolt.optin.services import PointDraft, archive_point, close_point, create_point


def make_point(channel: Channel, **fields: object) -> EntryPoint:
    """Creates an open entry point with one code; a QR code at the till unless told otherwise."""
    values: dict[str, object] = {"kind": "qr", "name": "Kasir Dago", "channel": channel, **fields}
    return create_point(workspace=channel.workspace, draft=PointDraft(**values))  # type: ignore[arg-type]


def code_of(point: EntryPoint) -> str:
    """The present code of the first placement of an entry point."""
    return placements_of(point)[0].code


def gone_points(channel: Channel) -> dict[str, EntryPoint]:
    """A way in of every kind in every state in which joining has ended, by kind and state. None has people."""
    workspace = channel.workspace
    found: dict[str, EntryPoint] = {}
    for number, state in enumerate(("closed", "archived")):
        made = {kind: make_point(channel, kind=kind, name=f"{kind} {state}") for kind in ("qr", "form", "link", "chat")}
        made["event"] = make_event(channel, starts_at=clock.now() + timedelta(days=9)).point
        for kind in ("reward", "contest", "draw"):
            made[kind] = giveaways.make_giveaway(channel, kind=kind, word=f"{kind} {number}").point
        change = close_point if state == "closed" else archive_point
        found |= {f"{kind} {state}": change(workspace=workspace, point_id=point.pk) for kind, point in made.items()}
    cancelled = make_event(channel, starts_at=clock.now() + timedelta(days=9))
    cancel_event(workspace=workspace, event_id=cancelled.pk)
    over = make_point(channel, kind="form", active_until=clock.now() + timedelta(minutes=1))
    EntryPoint.objects.filter(pk=over.pk).update(active_until=clock.now() - timedelta(minutes=1))
    return found | {"event cancelled": cancelled.point, "form over": over}


ISOLATION = {**giveaways.ISOLATION}
"""Objects that routes of this room refer to (`tests/guards/test_isolation.py`)."""
