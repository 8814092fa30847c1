"""Ids of another workspace in query strings and forms show nothing and change nothing, on any route."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from tests.guards.layout import our_routes
from tests.guards.test_isolation import arguments
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

SECRET = "RahasiaTetangga"
TABLES = (
    "contacts_contact", "contacts_tag", "segments_segment", "broadcasts_broadcast", "channels_channel",
    "messaging_template", "accounts_workspace",
)  # fmt: skip


READS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


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


def test_foreign_ids_in_forms_show_and_change_nothing() -> None:
    values = neighbour()
    before = rows_of_neighbour()
    assert len(before) >= len(TABLES)
    own_shop = make_workspace()
    client = signed_in(own_shop)
    client.raise_request_exception = False
    routes = [route for route in our_routes() if not route.is_public]
    assert len(routes) > 200
    broken, shown, changed = {}, set(), set()
    for route in routes:
        with taken_back(client):
            address = reverse(route.name, kwargs=arguments(route, own_shop) if route.parameters else {})
            with writes() as written:
                answers = [client.get(address, values), client.post(address, values)]
            if written and answers[1].status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                answers.append(client.get(address))  # what the form has stored
            for answer in answers:
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                if answer.status_code >= 500:
                    broken[route.name] = answer.status_code
                if SECRET.encode() in content:
                    shown.add(route.name)
            if written and rows_of_neighbour() != before:
                changed.add(route.name)
    assert not broken
    assert not shown
    assert not changed
