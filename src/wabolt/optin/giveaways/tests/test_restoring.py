"""The result of a draw since the backup stays, in the database that a restore puts in place."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from wabolt.accounts.tests.factories import make_member
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database
from wabolt.optin.giveaways.services import (
    carry_giveaways,
    draw_winners,
    drop_winner,
    lock_draw,
    publish_result,
    score_entry,
    update_giveaway,
    warn_about_draws,
)
from wabolt.optin.giveaways.tests.factories import make_draft, make_giveaway, say, show
from wabolt.optin.models import Draw, DrawTicket, DrawWinner, Entrant, Giveaway
from wabolt.optin.services import close_point

MODELS = (Giveaway, Entrant, Draw, DrawTicket, DrawWinner)


def rows(model: Any) -> list[dict[str, Any]]:
    return list(model.objects.order_by("pk").values())


def put_back(giveaway: Giveaway, entrants: list[dict[str, Any]], **fields: Any) -> None:
    """The state of the backup: an open giveaway with these entrants and fields."""
    DrawWinner.objects.all().delete()
    Draw.objects.all().delete()
    Entrant.objects.exclude(pk__in=[row["id"] for row in entrants]).delete()
    for row in entrants:
        Entrant.objects.filter(pk=row["id"]).update(**row)
    is_open = {"locked_at": None, "published_at": None, "last_number": len(entrants)}
    Giveaway.objects.filter(pk=giveaway.pk).update(**{**is_open, **fields})


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.django_db(transaction=True)
def test_a_draw_since_the_backup_stays(channel: Channel) -> None:
    owner = make_member(channel.workspace)
    giveaway = make_giveaway(channel, kind="draw", places=2, word="MOTOR")
    made_at = clock.now()
    for who in range(1, 4):
        say(channel, "MOTOR", who)
    entrants = rows(Entrant)
    for who in range(4, 7):
        say(channel, "MOTOR", who)
    of_draw = {"workspace": channel.workspace, "giveaway_id": giveaway.pk, "by": owner}
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    lock_draw(**of_draw, source="none")
    draw_winners(**of_draw)
    drop_winner(**of_draw, rank=1, reason="no_answer")
    since = {model: rows(model) for model in MODELS}
    restore = Restore(made_at, None, frozenset({channel.workspace_id}))
    with transaction.atomic(), previous_database() as previous:
        put_back(giveaway, entrants)
        carry_giveaways(Restore(made_at, previous, restore.shops))
        assert {model: rows(model) for model in MODELS} == since
    assert not Alert.objects.exists()
    for again in (lock_draw, draw_winners):
        with pytest.raises(DomainError):
            again(**of_draw)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.django_db(transaction=True)
def test_a_winner_who_is_not_in_the_backup_is_named(channel: Channel) -> None:
    owner = make_member(channel.workspace)
    giveaway = make_giveaway(channel, kind="draw", word="MOTOR")
    made_at = clock.now()
    say(channel, "MOTOR")
    of_draw = {"workspace": channel.workspace, "giveaway_id": giveaway.pk, "by": owner}
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    lock_draw(**of_draw, source="none")
    [winner] = draw_winners(**of_draw)
    ticket = winner.ticket.ticket
    with transaction.atomic(), previous_database() as previous:
        put_back(giveaway, [])
        Contact.objects.all().delete()
        carry_giveaways(Restore(made_at, previous, frozenset({channel.workspace_id})))
    kept = DrawWinner.objects.get()
    assert (kept.place, kept.ticket.ticket, kept.dropped_at) == (1, ticket, None)
    alert = Alert.objects.get()
    assert (alert.kind, alert.data["tickets"]) == ("giveaway.unknown_winner", ticket)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.django_db(transaction=True)
def test_the_winner_of_a_contest_who_is_not_in_the_backup_is_named(channel: Channel) -> None:
    """By the number that the person was told: tickets are told in draws only."""
    owner = make_member(channel.workspace)
    giveaway = make_giveaway(channel, kind="contest", places=2)
    of_contest = {"workspace": channel.workspace, "giveaway_id": giveaway.pk}
    made_at = clock.now()
    for who in (1, 2, 3):
        say(channel, "BATIK", who)
        show(channel, who)
        score_entry(**of_contest, number=who, judge=owner, points=who)
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    publish_result(**of_contest, by=owner)
    known = rows(Entrant)[1]
    with transaction.atomic(), previous_database() as previous:
        put_back(giveaway, [{**known, "place": None}])
        Contact.objects.exclude(pk=known["contact_id"]).delete()
        carry_giveaways(Restore(made_at, previous, frozenset({channel.workspace_id})))
    assert rows(Entrant) == [known]
    [alert] = open_alerts(channel.workspace, "manager")
    assert alert.sentence == "“Bagi-bagi batik”: peserta nomor 3 sudah menang, tetapi tidak ada di cadangan."


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "after"), [("draw", "reward"), ("draw", "contest"), ("contest", "draw")])
def test_a_giveaway_that_became_another_kind_since_the_backup_stays_one(
    channel: Channel, before: str, after: str
) -> None:
    """A draw without a permit would be refused by the database, and the restore with it."""
    giveaway = make_giveaway(channel, kind=before)
    backup, made_at = rows(Giveaway), clock.now()
    draft = make_draft(channel, kind=after)
    update_giveaway(workspace=channel.workspace, giveaway_id=giveaway.pk, draft=draft)
    say(channel, "BATIK")
    since = {model: rows(model) for model in MODELS}
    with transaction.atomic(), previous_database() as previous:
        put_back(giveaway, [], **backup[0])
        carry_giveaways(Restore(made_at, previous, frozenset({channel.workspace_id})))
        assert {model: rows(model) for model in MODELS} == since


@pytest.mark.django_db
def test_a_draw_on_a_new_machine_is_not_repeated_without_a_word(channel: Channel) -> None:
    make_giveaway(channel, kind="draw", word="MOTOR")
    running = make_giveaway(channel, kind="draw", word="MOBIL", name="Undian mobil")
    say(channel, "MOBIL")
    made_at = clock.now() - timedelta(days=1)
    warn_about_draws(Restore(made_at, None, frozenset({channel.workspace_id})))
    assert not Alert.objects.exists(), "its results are carried over"
    warn_about_draws(Restore(made_at))
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.data["name"]) == (
        "giveaway.uncertain_draw", str(running.pk), "Undian mobil",
    )  # fmt: skip
