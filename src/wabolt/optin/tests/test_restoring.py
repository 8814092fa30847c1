"""A way in that was closed since the backup stays closed, in the database that a restore puts in place."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import add_keyword, create_defaults
from wabolt.lib import clock
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database
from wabolt.optin.giveaways.services import carry_giveaways, update_giveaway
from wabolt.optin.giveaways.tests.factories import make_draft, make_giveaway
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.services import archive_point, carry_points, close_point
from wabolt.optin.tests.factories import make_point

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def channel() -> Channel:
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


def rows(model: Any) -> list[dict[str, Any]]:
    return list(model.objects.order_by("pk").values())


def put_back(*stored: list[dict[str, Any]]) -> None:
    for model, kept in zip((EntryPoint, Giveaway), stored, strict=False):
        for row in kept:
            model._default_manager.filter(pk=row.get("id", row.get("point_id"))).update(**row)


def test_a_way_in_is_open_as_it_was_last(channel: Channel) -> None:
    shop = channel.workspace
    closed, archived, renamed = (make_point(channel, name=name) for name in ("Kasir", "Rak", "Bungkus"))
    contest = make_giveaway(channel, kind="contest")
    backup, made_at = rows(EntryPoint), clock.now()
    close_point(workspace=shop, point_id=closed.pk)
    archive_point(workspace=shop, point_id=archived.pk)
    later = make_draft(channel, kind="contest", closes_at=clock.now() + timedelta(days=9))
    update_giveaway(workspace=shop, giveaway_id=contest.pk, draft=later)
    since = rows(EntryPoint)
    EntryPoint.objects.filter(pk=renamed.pk).update(name="Bungkus baru", headline="Baru")
    with transaction.atomic(), previous_database() as previous:
        put_back(backup)
        carry_points(Restore(made_at, previous, frozenset({shop.pk})))
        assert rows(EntryPoint) == since, "with the name of the backup"
    with transaction.atomic(), previous_database() as previous:
        put_back(backup)
        carry_points(Restore(made_at, previous, frozenset({shop.pk + 1})))
        assert rows(EntryPoint) == backup


def test_the_word_and_the_prize_that_customers_were_told_stay(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    backup, made_at = (rows(EntryPoint), rows(Giveaway)), clock.now()
    draft = make_draft(channel, word="KAIN", prize="Kain gratis")
    update_giveaway(workspace=channel.workspace, giveaway_id=giveaway.pk, draft=draft)
    since = (rows(EntryPoint), rows(Giveaway))
    with transaction.atomic(), previous_database() as previous:
        put_back(*backup)
        restore = Restore(made_at, previous, frozenset({channel.workspace_id}))
        carry_giveaways(restore)
        assert (rows(EntryPoint), rows(Giveaway)) == since


def test_a_word_that_means_something_else_in_the_backup_is_not_taken_over(channel: Channel) -> None:
    """The shop had the join word, gave it up, and made it the word of the giveaway."""
    giveaway = make_giveaway(channel)
    backup, made_at = (rows(EntryPoint), rows(Giveaway)), clock.now()
    draft = make_draft(channel, word="KAIN", prize="Kain gratis")
    update_giveaway(workspace=channel.workspace, giveaway_id=giveaway.pk, draft=draft)
    with transaction.atomic(), previous_database() as previous:
        put_back(*backup)
        add_keyword(workspace=channel.workspace, action="start", word="kain")
        restore = Restore(made_at, previous, frozenset({channel.workspace_id}))
        carry_giveaways(restore)
        [point], [kept] = rows(EntryPoint), rows(Giveaway)
    assert (point["greeting"], kept["word"], kept["word_key"]) == ("BATIK", "BATIK", "batik")
    assert point["incentive"] == "Kain gratis"
