"""Ids of another workspace in query strings and forms show nothing and change nothing, on any route."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.urls import reverse

from tests.guards.layout import our_routes
from tests.guards.test_isolation import arguments
from tests.guards.visits import taken_back
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
            answers = [client.get(address, values), client.post(address, values)]
            if answers[1].status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                answers.append(client.get(address))  # what the form has stored
            for answer in answers:
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                if answer.status_code >= 500:
                    broken[route.name] = answer.status_code
                if SECRET.encode() in content:
                    shown.add(route.name)
            if rows_of_neighbour() != before:
                changed.add(route.name)
    assert not broken
    assert not shown
    assert not changed
