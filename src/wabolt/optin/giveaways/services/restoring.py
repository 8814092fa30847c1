"""Giveaways after a restore. A draw or a contest that was decided since the backup stays decided."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import override

from wabolt.alerts.services import open_alert
from wabolt.lib.restore import Restore, Rows, carry_over
from wabolt.optin.giveaways.alerting import UNCERTAIN, UNKNOWN
from wabolt.optin.giveaways.services.setting_up import has_meaning
from wabolt.optin.models import EntryPoint, Giveaway

_GIVEAWAY = (
    "kind", "criteria", "permit_number", "reward_text", "reward_media_id", "reward_percent", "reward_days", "stock",
    "places", "last_number", "locked_at", "published_at",
)  # fmt: skip
"""The kind may have changed since the backup, so what belongs to it is carried over too."""
_WORD, _OF_POINT = ("word", "word_key"), ("greeting", "incentive")
"""The word, also in the customer's first message, and the prize: what customers were told."""
_ENTRANT = ("picture_id", "text", "submitted_at", "place")
_DRAW = (
    "permit_number", "places", "tickets_hash", "seed", "seed_hash", "announced", "beacon_round", "locked_at",
    "locked_by_id", "public_value", "drawn_at", "drawn_by_id",
)  # fmt: skip
_WINNER = ("dropped_at", "dropped_by_id", "reason")
_WINNERS = """
    SELECT w.draw_id, 'tickets', t.ticket, w.place FROM optin_drawwinner w
      JOIN optin_drawticket t ON t.id = w.ticket_id
      JOIN optin_draw d ON d.giveaway_id = w.draw_id
     WHERE d.workspace_id = ANY(%(shops)s) AND w.dropped_at IS NULL AND t.entrant_id IS NOT NULL
     UNION ALL
    SELECT e.giveaway_id, 'numbers', e.number::text, e.place FROM optin_entrant e
      JOIN optin_giveaway g ON g.point_id = e.giveaway_id
     WHERE g.workspace_id = ANY(%(shops)s) AND g.kind = 'contest' AND e.place IS NOT NULL
     ORDER BY 1, 4
"""
"""Winners whose person is known, by what the person was told: the ticket of a draw, the number in a contest."""


@transaction.atomic
def carry_giveaways(restore: Restore) -> int:
    """Carries over words, prizes, entrants, points, draws and winners of the giveaways in the backup from the database
    that was there before. Returns how many rows changed.

    The ticket of a person who is not in the backup stays in the record of its draw, the entry of a contest does not. If
    the person has won, an alert names the ticket or the number.
    """
    where, shops = "workspace_id = ANY(%s)", (list(restore.shops),)
    of_entrants = f"entrant_id IN (SELECT id FROM optin_entrant WHERE {where})"
    of_draws = f"draw_id IN (SELECT giveaway_id FROM optin_draw WHERE {where})"
    giveaways = f"{where} AND kind = 'giveaway'"
    rows = (
        Rows("optin_entrypoint", giveaways, shops, same=("slug",), update=_OF_POINT, insert=False),
        Rows("optin_giveaway", where, shops, key=("point_id",), update=(*_WORD, *_GIVEAWAY), insert=False),
        Rows("optin_entrant", where, shops, same=("giveaway_id", "contact_id"), update=_ENTRANT),
        Rows("optin_score", of_entrants, shops, same=("entrant_id", "judge_id"), update=("points", "given_at")),
        Rows("optin_draw", where, shops, key=("giveaway_id",), update=_DRAW),
        Rows("optin_drawticket", of_draws, shops, same=("draw_id", "ticket"), update=("entrant_id",)),
        Rows("optin_drawwinner", of_draws, shops, same=("draw_id", "rank"), update=_WINNER),
    )
    of_backup = {one.pk: one for one in Giveaway.objects.filter(workspace__in=restore.shops)}
    changed = sum(carry_over(restore, one) for one in rows)
    _put_words_back(of_backup)
    _name_unknown_winners(restore)
    return changed


def _put_words_back(of_backup: Mapping[int, Giveaway]) -> None:
    """Gives a giveaway the word of the backup again if the new word has another meaning there: stop and join words are
    those of the backup. People who take part would stop or agree to promotions without wanting to."""
    for giveaway in Giveaway.objects.filter(pk__in=of_backup).select_related("workspace", "point"):
        before = of_backup[giveaway.pk]
        if giveaway.word_key != before.word_key and has_meaning(giveaway.workspace, giveaway.word):
            Giveaway.objects.filter(pk=giveaway.pk).update(word=before.word, word_key=before.word_key)
            EntryPoint.objects.filter(pk=giveaway.pk).update(greeting=before.word)


def _name_unknown_winners(restore: Restore) -> None:
    assert restore.previous is not None
    shops = {"shops": list(restore.shops)}
    with connection.cursor() as cursor:
        cursor.execute(_WINNERS, shops)
        known = {winner[:3] for winner in cursor.fetchall()}
    unknown: dict[int, dict[str, list[str]]] = {}
    for winner in restore.previous.execute(_WINNERS, shops).fetchall():
        pk, named_by, name = winner[:3]
        if (pk, named_by, name) not in known:
            unknown.setdefault(pk, {}).setdefault(named_by, []).append(name)
    for giveaway in Giveaway.objects.filter(pk__in=unknown).select_related("workspace", "point"):
        named = {named_by: ", ".join(names) for named_by, names in unknown[giveaway.pk].items()}
        data = {"name": giveaway.point.name, **named}
        open_alert(workspace=giveaway.workspace, kind=UNKNOWN, subject=str(giveaway.pk), data=data)


@transaction.atomic
def warn_about_draws(restore: Restore) -> None:
    """Opens an alert for each draw of a shop without a previous database that has no winners in the backup: it may have
    taken place since then."""
    undecided = Giveaway.objects.filter(kind=Giveaway.Kind.DRAW, published_at=None, last_number__gt=0)
    for giveaway in undecided.exclude(workspace__in=restore.shops).select_related("workspace", "point"):
        with override(giveaway.workspace.language):
            made = date_format(restore.made_at.astimezone(giveaway.workspace.tz), "j F Y H:i")
        data = {"name": giveaway.point.name, "made": made}
        open_alert(workspace=giveaway.workspace, kind=UNCERTAIN, subject=str(giveaway.pk), data=data)
