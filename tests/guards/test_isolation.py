"""A member of one workspace finds no object of another workspace on any route. Its ids in query strings and forms show
nothing and change nothing.

A route with parameters needs an object that they refer to: an entry in `ISOLATION` of the room's `tests/factories.py`,
`{"url name": callable(workspace) -> arguments of the route}`, or one for its parameters in `targets.py`. A new route
without either fails.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.guards.layout import Route, our_routes
from tests.guards.targets import CHOICES, TARGETS, Make
from tests.guards.visits import taken_back
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts.tests.factories import make_broadcast, make_segment
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts import services as contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.media.tests.factories import make_media
from wabolt.messaging.models import Template

pytestmark = pytest.mark.django_db

# Form values that make a request pass form validation, so that it reaches the look-up of the object.
BODY = {"name": "Diambil", "text": "Diambil", "label": "Diambil", "role": "viewer", "state": "paused"}
NOT_FOUND, WRONG_METHOD = 404, 405
SECRET = "RahasiaTetangga"
TABLES = (
    "contacts_contact", "contacts_tag", "segments_segment", "broadcasts_broadcast", "channels_channel",
    "messaging_template", "accounts_workspace",
)  # fmt: skip
READS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def _maker(route: Route) -> Make:
    """Makes the object of a route and returns the arguments. Raises LookupError if no target is defined."""
    room, _, name = route.name.partition(":")
    module = f"wabolt.{room}.tests.factories"
    known = getattr(import_module(module), "ISOLATION", {}) if find_spec(module) else {}
    make: Make | None = known.get(name) or known.get(route.name) or TARGETS.get((room, route.parameters))
    if make is None:
        raise LookupError(f"{route.name}: add it to ISOLATION in {module}")
    return make


def arguments(route: Route, workspace: Workspace) -> dict[str, Any]:
    """Arguments of the route that refer to a new object of `workspace`."""
    return dict(CHOICES[route.name] if route.name in CHOICES else _maker(route)(workspace))


class Objects:
    """The objects of a shop to which routes refer. Routes whose objects are made in the same way share one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[Make, Mapping[str, Any]] = {}

    def address(self, route: Route) -> str:
        if route.name in CHOICES or not route.parameters:
            return reverse(route.name, kwargs=CHOICES.get(route.name))
        make = _maker(route)
        if make not in self._made:
            self._made[make] = make(self._workspace)
        return reverse(route.name, kwargs=self._made[make])


def neighbour() -> dict[str, object]:
    """Creates objects of another workspace, all with the secret in their names. Returns form values that name them."""
    shop = make_workspace(f"Toko {SECRET}")
    channel = make_channel(shop, name=f"Nomor {SECRET}")
    one, two = (make_contact(shop, f"{SECRET} {n}") for n in (1, 2))
    contacts.add_tags(workspace=shop, contact_ids=[one.pk], tag_names=[SECRET])
    segment = make_segment(shop, name=f"Segmen {SECRET}")
    broadcast = make_broadcast(shop, name=f"Siaran {SECRET}")
    template = Template.objects.create(
        workspace=shop, channel=channel, name="rahasia", language="id", category="marketing", status="approved",
        vendor_id="1", components=[{"type": "BODY", "text": SECRET}],
    )  # fmt: skip
    tag = one.tags.get()
    return {
        "workspace": shop.pk, "channel": channel.pk, "contact": one.pk, "ids": one.pk, "other": one.pk, "first": one.pk,
        "second": two.pk, "keep": one.pk, "tag": tag.pk, "segment": segment.pk, "broadcast": broadcast.pk,
        "template": template.pk, "media": make_media(shop).pk, "remove": tag.pk, "id": one.pk, "do": "save",
        "action": "tag", "tag_name": "Diambil", "name": "Diambil", "text": "Diambil",
    }  # fmt: skip


def rows_of_neighbour() -> list[str]:
    every = " UNION ALL ".join(f"SELECT t::text FROM {table} t WHERE t::text LIKE %(secret)s" for table in TABLES)
    with connection.cursor() as cursor:
        cursor.execute(every, {"secret": f"%{SECRET}%"})
        return sorted(row for (row,) in cursor.fetchall())


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collects the statements that may write: all that neither begin with SELECT nor begin or end a savepoint."""
    found: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if not sql.lstrip(" \n(").startswith(READS):
            found.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(note):
        yield found


def test_statements_that_write_are_noticed() -> None:
    with writes() as written:
        shop = make_workspace()
    assert written
    with writes() as written, transaction.atomic():
        assert Workspace.objects.filter(pk=shop.pk).exists()
    assert not written


def test_ids_of_another_workspace_show_and_change_nothing() -> None:
    """The same address with an id of the own workspace leads to the object."""
    values = neighbour()
    own_shop, shop = make_workspace(), Workspace.objects.get(pk=values["workspace"])
    own, foreign = Objects(own_shop), Objects(shop)
    client, owner = signed_in(own_shop), signed_in(shop)
    client.raise_request_exception = False
    routes = {route: (own.address(route), foreign.address(route)) for route in our_routes() if not route.is_public}
    assert len(routes) > 200
    before = rows_of_neighbour()
    assert len(before) >= len(TABLES)
    guarded = [route for route in routes if route.parameters and route.name not in CHOICES]
    assert len(guarded) > 140
    broken, shown, changed, found, missing = {}, set(), set(), {}, {}
    for route, (address, theirs) in routes.items():
        with taken_back(client):
            with writes() as written:
                answers = [client.get(address, values), client.post(address, values)]
            statuses = [answer.status_code for answer in answers]
            if written and statuses[1] != WRONG_METHOD:
                answers.append(client.get(address))  # what the form has stored
            for answer in answers:
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                if answer.status_code >= 500:
                    broken[route.name] = answer.status_code
                if SECRET.encode() in content:
                    shown.add(route.name)
            if written and rows_of_neighbour() != before:
                changed.add(route.name)
        if route in guarded:
            if refused := _not_refused(client, theirs):
                found[route.name] = refused
            is_found = _is_found(client, address, *statuses)
            # what belongs to the installation is found by the first shop
            if not is_found and not _is_found(owner, theirs, owner.get(theirs).status_code):
                missing[route.name] = statuses
    assert not broken
    assert not shown
    assert not changed
    assert not found
    assert not missing


def _not_refused(client: Client, theirs: str) -> tuple[set[int], list[str]] | None:
    """The statuses of both methods and the statements that write; None if nothing is found and nothing happens to a
    customer: everything that does is an event."""
    with taken_back(client), writes() as written:
        statuses = {client.get(theirs).status_code, client.post(theirs, BODY).status_code}
    has_event = any("contacts_event" in sql for sql in written)
    return None if statuses - {WRONG_METHOD} == {NOT_FOUND} and not has_event else (statuses, written)


def _is_found(client: Client, address: str, got: int, posted: int = NOT_FOUND) -> bool:
    """Whether there is an object: by GET, or by POST where GET is refused. `got` and `posted` are the statuses with ids
    of another workspace, which may be the reason of a 404."""
    ask, status = (client.post, posted) if got == WRONG_METHOD else (client.get, got)
    if status == NOT_FOUND:
        with taken_back(client):
            status = ask(address).status_code
    return status not in {NOT_FOUND, WRONG_METHOD} and status < 500
