"""Looks for the sample room everywhere where a room is shown. `main` runs on the database of the tests.

All of it happens in one transaction, which is rolled back, the new table included.
"""

import io
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection, transaction
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from tests.wishes.models import Wish
from wabolt.accounts.services import record_audit
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.services import open_alert
from wabolt.analytics.queries.attribution import windows
from wabolt.autoreply.models import ReplyRule
from wabolt.channels import registry as providers
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, contact_action
from wabolt.contacts.services import erase_contacts, merge_contacts, record_event
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports import services as imports
from wabolt.journeys.services import create_from_recipe
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, process_raw_events, queue_messages
from wabolt.personalization.queries import preview
from wabolt.privacy.queries import sections_of
from wabolt.segments.queries import count_contacts, tree_from_text
from wabolt.segments.services import create_segment

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
AYU = "+6281234567890"


class Shop:
    """A shop with a customer who has a wish, and its owner in a browser."""

    def __init__(self) -> None:
        self.workspace = make_workspace()
        self.channel = make_channel(self.workspace)
        self.ayu = make_contact(self.workspace, "Ayu", AYU)
        self.wish = Wish.objects.create(workspace=self.workspace, contact=self.ayu, text="tas merah")
        self.owner: Client = signed_in(self.workspace)

    def page(self, route: str, *arguments: object, **query: str) -> str:
        response = self.owner.get(reverse(route, args=arguments), query)
        assert response.status_code == 200, (route, response.status_code)
        return str(response.content.decode())


def timeline(shop: Shop) -> None:
    record_event(workspace=shop.workspace, contact_ids=[shop.ayu.pk], kind="wish_made", data={"wish": 7})
    page = shop.page("contacts:detail", shop.ayu.pk, tab="timeline")
    assert "Made a wish" in page
    assert "Wish no. 7" in page


def panel(shop: Shop) -> None:
    assert "Wishes for tas merah" in shop.page("contacts:detail", shop.ayu.pk)


def source(shop: Shop) -> None:
    make_contact(shop.workspace, "Budi", source="wish")
    assert "Came with a wish" in shop.page("contacts:list")


def consumer(shop: Shop) -> None:
    assert "Counter of wishes" in shop.page("contacts:consumers")


def segment(shop: Shop) -> None:
    make_contact(shop.workspace, "Budi")
    for text in ("has wish", "punya keinginan"):
        assert count_contacts(shop.workspace, tree_from_text(shop.workspace, text)) == 1
    assert "Has a wish" in shop.page("segments:new")


def variable(shop: Shop) -> None:
    text = preview(shop.workspace, "Masih mau {{ wish.text }}?", shop.ayu, purpose="service")
    assert "Masih mau tas merah?" in text
    create_segment(workspace=shop.workspace, name="Semua", tree=tree_from_text(shop.workspace, "everyone"))
    assert "wish.text" in shop.page("broadcasts:new")


def origin(shop: Shop) -> None:
    draft = Draft(purpose="service", origin_kind="wish", text="Sudah ada lagi", key="1")
    queue_messages(workspace=shop.workspace, channel=shop.channel, contact_ids=[shop.ayu.pk], draft=draft)
    page = shop.page("contacts:detail", shop.ayu.pk, tab="conversation")
    assert "Sudah ada lagi" in page
    assert "wish" in str(windows())


def responder(shop: Shop) -> None:
    World.of(shop.channel).tell_message(AYU, "mau sepatu", "in-1")
    ScriptedProvider(shop.channel).collect(10)
    process_raw_events(shop.channel)
    assert Message.objects.filter(text="mau sepatu").exists()
    assert Wish.objects.filter(contact=shop.ayu, text="sepatu").exists()


def importer(shop: Shop) -> None:
    assert "Wishes" in shop.page("imports:list")
    file = io.BytesIO(b"Nomor;Keinginan\n081234567890;jaket\n081299999999;topi\n")
    taken = imports.start_import(workspace=shop.workspace, kind="wishes", file=file, filename="wishes.csv")
    assert "jaket" in shop.page("imports:columns", taken.pk)
    imports.queue_import(workspace=shop.workspace, import_id=taken.pk)
    imports.run_import(taken.pk)
    assert Wish.objects.filter(contact=shop.ayu, text="jaket").exists()
    assert "nobody has this number" in shop.page("imports:detail", taken.pk)


def alert(shop: Shop) -> None:
    open_alert(workspace=shop.workspace, kind="wishes.many", data={"count": 40})
    assert "40 wishes" in shop.page("alerts:list")
    assert "Many wishes" in shop.page("alerts:preferences")


def audit(shop: Shop) -> None:
    record_audit(workspace=shop.workspace, action="wish.fulfil", target=("wish", shop.wish.pk))
    page = shop.page("accounts:audit")
    assert "Fulfilled a wish" in page
    assert "tas merah" in page


def places(shop: Shop) -> None:
    page = shop.page("accounts:settings")
    assert "Wish list" in page
    assert "Settings of wishes" in page


def action(shop: Shop) -> None:
    found = contact_action("wishes.surprise")
    assert found is not None
    found.apply(ActionRun(shop.workspace, {shop.ayu.pk: "1"}, {}, ("auto_reply", 1)))
    assert Wish.objects.filter(contact=shop.ayu, text="kejutan").exists()
    assert ReplyRule.objects.count() == 0
    assert "Add a surprise" in shop.page("autoreply:new")


def trigger(shop: Shop) -> None:
    journey = create_from_recipe(workspace=shop.workspace, key="")
    assert "A wish is made" in shop.page("journeys:trigger", journey.pk)


def kept_times(shop: Shop) -> None:
    assert "Wishes of old" in shop.page("privacy:retention")


def copy_of_the_data(shop: Shop) -> None:
    sections = {section.key: section for section in sections_of(shop.workspace, shop.ayu)}
    assert sections["wishes_wish"].title == "Wishes"
    assert "tas merah" in str(sections["wishes_wish"].rows)


def merge(shop: Shop) -> None:
    other = make_contact(shop.workspace, "Ayu L")
    merge_contacts(workspace=shop.workspace, keep_id=other.pk, absorb_id=shop.ayu.pk, reason="member")
    assert Wish.objects.get().contact_id == other.pk


def erasure(shop: Shop) -> None:
    erase_contacts(workspace=shop.workspace, ids=[shop.ayu.pk])
    assert not Wish.objects.exists()
    assert Contact.objects.filter(pk=shop.ayu.pk, erased_at__isnull=False).exists()


PLACES: tuple[Callable[[Shop], None], ...] = (
    timeline, panel, source, consumer, segment, variable, origin, responder, importer, alert, audit, places, action,
    trigger, kept_times, copy_of_the_data, merge, erasure,
)  # fmt: skip


def main() -> int:
    """Writes every place where the room is missing to standard error. Returns their number."""
    setup_test_environment()
    providers.PROVIDERS["simulator"] = "wabolt.channels.tests.scripted.ScriptedProvider"
    missing = 0
    with clock.hold(NOON), transaction.atomic():
        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Wish)
            editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for place in PLACES:
            point = transaction.savepoint()
            try:
                place(Shop())
            except Exception:  # noqa: BLE001 - the other places are of interest too
                missing += 1
                sys.stderr.write(f"{place.__name__}:\n{traceback.format_exc()}")
            transaction.savepoint_rollback(point)
        transaction.set_rollback(True)
    return missing
