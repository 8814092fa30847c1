"""Every page that a member can open, filled with data. The guards over all pages use it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.guards.layout import our_routes
from tests.guards.targets import TARGETS
from tests.guards.test_isolation import arguments
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import services as broadcasts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast, make_segment
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.services import NewLine, NewOrder, record_orders
from wabolt.contacts.models import Contact, Tag
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.segments.models import Segment

LONG = "Raden Ajeng Kusumawardhaniwijayakusumanegarasastrodiningrat"
"""A name with a word that does not fit into one line of a phone."""
URL = f"https://gayanusantara.example/{LONG.replace(' ', '')}/{LONG.replace(' ', '')}"
NO_PAGES = frozenset({"ui:guide", "ui:style_guide", "demo:enter"})
"""Routes that are not pages of a shop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, or a part of one: the name of its route, its address, and the response. `is_refused`: the response to a
    form without a value. `is_kept`: the browser keeps it for times without a connection."""

    name: str
    address: str
    html: str
    status: int = 200
    is_refused: bool = False
    is_kept: bool = False

    @property
    def route(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def is_whole(self) -> bool:
        return "<html" in self.html


def furnished() -> Workspace:
    """Creates a shop with contacts, orders, a draft, a running broadcast and a finished one, all with long names."""
    workspace = make_workspace(f"Toko {LONG}", timezone="Asia/Makassar")
    channel = make_channel(workspace, name=f"Nomor {LONG}"[:60])
    people = make_agreeing(workspace, 12)
    Contact.objects.filter(workspace=workspace).update(name=LONG, city=f"Kota {LONG}")
    Tag.objects.create(workspace=workspace, name=LONG[:60])
    make_segment(workspace, f"Segmen {LONG}")
    line = NewLine("SKU-1", f"Kain {LONG}", "batik", 3, 9_876_543_210)
    order = NewOrder(contact_id=people[0].pk, number="GN-1", ordered_at=clock.now(), lines=(line,), source="toko")
    record_orders(workspace=workspace, orders=[order])
    text = f"Halo {{{{ contact.name }}}}, {LONG} {URL}"
    many = {"holdout_percent": 20, "name": f"Promo {LONG}", "text": text}
    for state in (Broadcast.State.RUNNING, Broadcast.State.COMPLETED):
        sent = make_broadcast(workspace, channel, **many)
        broadcasts.start(broadcast=sent)
        broadcasts.freeze(broadcast_id=sent.pk)
        Message.objects.filter(origin_id=sent.pk).update(state="sent", sent_at=clock.now(), text=f"Halo {LONG} {URL}")
        Broadcast.objects.filter(pk=sent.pk).update(state=state, planned=1_234_567)
    make_broadcast(workspace, channel, voucher_percent=15, **(many | {"text": f"{text} {{{{ voucher.code }}}}"}))
    return workspace


def pages(client: Client, workspace: Workspace, *, refused: bool = True) -> list[Shown]:
    """Requests all pages that a member of the workspace can open, with an object of the workspace where a page needs
    one. With `refused`, also the response of each page to a form without a value."""
    return [page for page in answers(client, workspace, refused=refused) if page.is_whole]


def answers(
    client: Client, workspace: Workspace, *, refused: bool = True, between: Callable[[list[Shown]], None] | None = None
) -> list[Shown]:
    """Requests what `pages` does. The result also has the parts of pages, which scripts request. `between` gets them
    before a form is sent."""
    addresses, known = [], {}
    for route in our_routes():
        if route.name in NO_PAGES or route.is_public:
            continue
        room = route.name.partition(":")[0]
        key = (room, route.parameters) if (room, route.parameters) in TARGETS else route.name
        if key not in known:
            known[key] = arguments(route, workspace) if route.parameters else {}
        given = known[key]
        addresses.append((route.name, reverse(route.name, kwargs=given)))
    for broadcast in Broadcast.objects.filter(workspace=workspace).order_by("pk"):
        addresses.append((f"broadcasts:detail {broadcast.state}", reverse("broadcasts:detail", args=[broadcast.pk])))
        if broadcast.state == Broadcast.State.DRAFT:
            addresses.append(("broadcasts:check", reverse("broadcasts:check", args=[broadcast.pk])))
    lengthen(workspace)
    found = list(_asked(client.get, addresses))
    if between is not None:
        between(found)
    return found + list(_asked(client.post, addresses, is_refused=True) if refused else ())


def _asked(ask: Callable[[str], Any], addresses: list[tuple[str, str]], *, is_refused: bool = False) -> Iterator[Shown]:
    for name, address in addresses:
        answer = ask(address)
        if answer.status_code in {200, 422} and answer.headers["Content-Type"].startswith("text/html"):
            html, is_kept = answer.content.decode(), "X-WABolt-Keep" in answer.headers
            yield Shown(name, address, html, answer.status_code, is_refused=is_refused, is_kept=is_kept)


def lengthen(workspace: Workspace) -> None:
    """Gives long names to the objects that were created for a route."""
    Contact.objects.filter(workspace=workspace).update(name=LONG, city=f"Kota {LONG}")
    Channel.objects.filter(workspace=workspace).update(name=f"Nomor {LONG}"[:60])
    Broadcast.objects.filter(workspace=workspace).update(name=f"Promo {LONG}")
    for segment in Segment.objects.filter(workspace=workspace):
        Segment.objects.filter(pk=segment.pk).update(name=f"{LONG} {segment.pk}")
