"""The result of a draw since the backup stays, in the database that a restore puts in place."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from wabolt.accounts.tests.factories import make_member
from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database
from wabolt.optin.giveaways.services import carry_giveaways, draw_winners, drop_winner, lock_draw, warn_about_draws
from wabolt.optin.giveaways.tests.factories import make_giveaway, say
from wabolt.optin.models import Draw, DrawTicket, DrawWinner, Entrant, Giveaway
from wabolt.optin.services import close_point

MODELS = (Giveaway, Entrant, Draw, DrawTicket, DrawWinner)


def rows(model: Any) -> list[dict[str, Any]]:
    return list(model.objects.order_by("pk").values())


def put_back(giveaway: Giveaway, entrants: list[dict[str, Any]]) -> None:
    """The state of the backup: an open draw with these entrants."""
    DrawWinner.objects.all().delete()
    Draw.objects.all().delete()
    Entrant.objects.exclude(pk__in=[row["id"] for row in entrants]).delete()
    for row in entrants:
        Entrant.objects.filter(pk=row["id"]).update(**row)
    Giveaway.objects.filter(pk=giveaway.pk).update(locked_at=None, published_at=None, last_number=len(entrants))


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
