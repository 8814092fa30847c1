"""Draws of a permitted "undian gratis berhadiah", in two steps that cannot be taken back.

`lock_draw` fixes the list of entrants and publishes the hashes of their tickets and of a secret seed. `draw_winners`
adds the public value that was announced, publishes the seed and takes the first of the ranking (`rules.draw`). A winner
who is dropped stays in the record with the reason, and the next of the same ranking wins (ADR 30).
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.rules import beacon
from wabolt.optin.giveaways.rules import draw as arithmetic
from wabolt.optin.giveaways.services.contests import declare_winner
from wabolt.optin.giveaways.services.setting_up import FLAWS
from wabolt.optin.models import Draw, DrawTicket, DrawWinner, Entrant, Giveaway

BEACON_AFTER = timedelta(minutes=10)
"""Time between locking the list and the round of the beacon that is announced."""
SOURCES = ("beacon", "other", "none")
_HEX = frozenset("0123456789abcdef")
# The contact of a ticket today: the one that its own contact was merged into.
_PERSON = """
WITH RECURSIVE person (id) AS (
    SELECT %(contact)s::bigint
    UNION SELECT m.kept_id FROM contacts_merge m JOIN person p ON m.absorbed_id = p.id WHERE m.undone_at IS NULL)
SELECT p.id FROM person p JOIN contacts_contact c ON c.id = p.id WHERE c.erased_at IS NULL
"""


@transaction.atomic
def lock_draw(*, workspace: Workspace, giveaway_id: int, by: User, source: str = "beacon", announced: str = "") -> Draw:
    """Fixes the list of entrants and the seed, and publishes their hashes. It happens once.

    `source`: the public value that the draw will add: "beacon" (a round of drand in BEACON_AFTER), "other"
    (`announced` says which one, such as "the closing index of 2 December") or "none". Raises Giveaway.DoesNotExist, and
    DomainError: "permit_missing", "not_over", "locked", "no_entrants" or "empty".
    """
    giveaway = _permitted(workspace, giveaway_id)
    if giveaway.locked_at is not None:
        raise DomainError(_("The list is fixed already."), code="locked")
    if not queries.is_over(giveaway):
        raise DomainError(_("People can still take part. The list is fixed after the closing time."), code="not_over")
    people = list(queries.entrants(giveaway).values_list("pk", "ticket"))
    if not people:
        raise DomainError(_("Nobody takes part."), code="no_entrants")
    now = clock.now()
    number = beacon.round_after((now + BEACON_AFTER).timestamp()) if source == "beacon" else None
    said = clean(storable(announced))[:200]
    if source not in SOURCES or (source == "other" and not said):
        raise DomainError(_("Say which public value you will add."), code="empty", field="announced")
    seed = secrets.token_hex(32)
    draw = Draw.objects.create(
        giveaway=giveaway,
        workspace=workspace,
        permit_number=giveaway.permit_number,
        places=giveaway.places,
        tickets_hash=arithmetic.hash_of_tickets([ticket for _pk, ticket in people]),
        seed=seed,
        seed_hash=arithmetic.digest(seed),
        announced=f"drand quicknet {number}" if number else said if source == "other" else "",
        beacon_round=number,
        locked_at=now,
        locked_by=by,
    )
    DrawTicket.objects.bulk_create(
        [DrawTicket(draw=draw, ticket=ticket, entrant_id=pk) for pk, ticket in people], batch_size=1000
    )
    Giveaway.objects.filter(pk=giveaway.pk).update(locked_at=now)
    data = {"tickets": len(people), "tickets_sha256": draw.tickets_hash, "seed_sha256": draw.seed_hash}
    _audit(draw, by, "giveaway.lock", data | {"announced": draw.announced})
    return draw


@transaction.atomic
def draw_winners(*, workspace: Workspace, giveaway_id: int, by: User, public_value: str = "") -> list[DrawWinner]:
    """Draws the winners, publishes the seed and queues the messages to the winners. It happens once.

    `public_value`: the value that was announced; of drand, the 64 hexadecimal digits of "randomness". Raises
    Giveaway.DoesNotExist, and DomainError: "permit_missing", "not_locked", "drawn", "too_early" or "bad_value".
    """
    giveaway = _permitted(workspace, giveaway_id)
    draw = Draw.objects.select_for_update(of=("self",)).filter(giveaway=giveaway).first()
    if draw is None:
        raise DomainError(_("First fix the list of entrants."), code="not_locked")
    if draw.drawn_at is not None:
        raise DomainError(_("The winners are drawn already. A draw is not repeated."), code="drawn")
    draw.public_value = _checked_value(draw, public_value)
    draw.drawn_at, draw.drawn_by, draw.giveaway = clock.now(), by, giveaway
    draw.save(update_fields=["public_value", "drawn_at", "drawn_by"])
    Giveaway.objects.filter(pk=giveaway.pk).update(published_at=draw.drawn_at)
    order = _order(draw)
    winners = [winner for place in range(1, draw.places + 1) if (winner := _next_winner(draw, order, place))]
    data = {"public_value": draw.public_value, "seed": draw.seed, "tickets": [w.ticket.ticket for w in winners]}
    _audit(draw, by, "giveaway.draw", data)
    return winners


@transaction.atomic
def drop_winner(
    *, workspace: Workspace, giveaway_id: int, rank: int, reason: str, by: User, note: str = ""
) -> DrawWinner | None:
    """Drops a winner for a reason, which is published, and lets the next of the ranking win the place. Returns the new
    winner; None if no ticket is left.

    `note`: for the audit log only. Raises Giveaway.DoesNotExist, DrawWinner.DoesNotExist for a rank that was not drawn
    or is dropped already, and DomainError "bad_reason".
    """
    giveaway = _permitted(workspace, giveaway_id)
    draw = Draw.objects.select_for_update(of=("self",)).get(giveaway=giveaway)
    draw.giveaway = giveaway
    winner = DrawWinner.objects.select_related("ticket__entrant").get(draw=draw, rank=rank, dropped_at=None)
    if reason not in {DrawWinner.Reason.NO_ANSWER, DrawWinner.Reason.DECLINED, DrawWinner.Reason.NOT_ALLOWED}:
        raise DomainError(_("Choose a reason."), code="bad_reason", field="reason")
    _drop(winner, reason, by)
    for entrant in Entrant.objects.filter(giveaway=giveaway, place=winner.place):
        entrant.place = None
        entrant.save(update_fields=["place"])
        event = NewEvent(entrant.contact_id, "giveaway_lost", clock.now(), {"giveaway": giveaway.pk})
        record_events(workspace=workspace, events=[event])
    found = _next_winner(draw, _order(draw), winner.place)
    data = {"rank": rank, "reason": reason, "note": clean(storable(note))[:300], "next": found.rank if found else None}
    _audit(draw, by, "giveaway.redraw", data)
    return found


def _permitted(workspace: Workspace, giveaway_id: int) -> Giveaway:
    """The locked giveaway of a draw. Every step of a draw checks the permit here. Raises DomainError without one."""
    locked = Giveaway.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "point__workspace", "point__channel", "reward_media", "workspace"
    )
    giveaway = locked.get(workspace=workspace, pk=giveaway_id)
    if giveaway.kind != Giveaway.Kind.DRAW or not giveaway.permit_number:
        raise DomainError(FLAWS["permit_missing"], code="permit_missing", field="permit_number")
    return giveaway


def _checked_value(draw: Draw, public_value: str) -> str:
    value = clean(storable(public_value))
    if draw.beacon_round is not None:
        known_from = datetime.fromtimestamp(beacon.time_of(draw.beacon_round), UTC)
        if clock.now() < known_from:
            message = _("The announced value does not exist yet. Wait a few minutes.")
            raise DomainError(message, code="too_early", field="public_value")
        value = value.lower()
        if len(value) != 64 or not set(value) <= _HEX:
            message = _("Copy the 64 characters behind “randomness”, without the quotation marks.")
            raise DomainError(message, code="bad_value", field="public_value")
    elif draw.announced and (not value or len(value) > 200):
        raise DomainError(_("Write the value that you announced."), code="bad_value", field="public_value")
    return value if draw.announced else ""


def _order(draw: Draw) -> Iterator[tuple[int, DrawTicket]]:
    """The tickets that were not drawn yet, with their ranks, in the order in which they win."""
    tickets = {row.ticket: row for row in DrawTicket.objects.filter(draw=draw).select_related("entrant")}
    randomness = arithmetic.randomness_of(draw.seed, draw.public_value, draw.tickets_hash)
    drawn = set(DrawWinner.objects.filter(draw=draw).values_list("rank", flat=True))
    order = enumerate(arithmetic.ranking(randomness, list(tickets)), 1)
    return iter([(rank, tickets[ticket]) for rank, ticket in order if rank not in drawn])


def _next_winner(draw: Draw, order: Iterator[tuple[int, DrawTicket]], place: int) -> DrawWinner | None:
    """Adds the next ticket of the ranking as the winner of a place. Tickets of people who have won already, or whose
    data was erased, are added as dropped."""
    for rank, ticket in order:
        winner = DrawWinner.objects.create(draw=draw, rank=rank, place=place, ticket=ticket)
        person = _person_of(ticket)
        if person is None:
            _drop(winner, DrawWinner.Reason.GONE, None)
        elif person in _people_who_won(draw, winner):
            _drop(winner, DrawWinner.Reason.SAME_PERSON, None)
        else:
            # The entrant of the person today: the one of this ticket, unless its contact was merged into another one.
            entrant = Entrant.objects.get(giveaway=draw.giveaway, contact=person)
            entrant.place = place
            entrant.save(update_fields=["place"])
            declare_winner(draw.giveaway, entrant)
            return winner
    return None


def _people_who_won(draw: Draw, without: DrawWinner) -> set[int | None]:
    rows = DrawWinner.objects.filter(draw=draw).exclude(pk=without.pk).select_related("ticket__entrant")
    return {_person_of(row.ticket) for row in rows}


def _person_of(ticket: DrawTicket) -> int | None:
    if ticket.entrant is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, {"contact": ticket.entrant.contact_id})
        row = cursor.fetchone()
    return row[0] if row else None


def _drop(winner: DrawWinner, reason: str, by: User | None) -> None:
    winner.dropped_at, winner.dropped_by, winner.reason = clock.now(), by, reason
    winner.save(update_fields=["dropped_at", "dropped_by", "reason"])


def _audit(draw: Draw, by: User, action: str, data: Mapping[str, object]) -> None:
    record_audit(workspace=draw.workspace, actor=by, action=action, target=("giveaway", draw.pk), data=data)
