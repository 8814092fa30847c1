"""Reads of giveaways: one giveaway, its entrants, the ranking of a contest, and the public record of a draw."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from wabolt.accounts.models import User, Workspace
from wabolt.commerce.models import Voucher
from wabolt.contacts.queries import Filters, conditions
from wabolt.lib import clock
from wabolt.messaging.models import IncomingFile, Message
from wabolt.optin.giveaways.rules import draw as arithmetic
from wabolt.optin.giveaways.rules.ranking import Standing, standings
from wabolt.optin.giveaways.rules.words import says
from wabolt.optin.models import Draw, DrawTicket, DrawWinner, Entrant, Giveaway, Score

ORIGIN = "giveaway"
"""`Message.origin_kind` of the answers and `Voucher.origin_kind` of the rewards."""
MOST_FOUND = 1000
"""The most entrants that a search lists."""
_WITH_POINT = ("point__workspace", "point__channel", "point__marketing_wording", "point__picture", "reward_media")


def giveaway(workspace: Workspace, giveaway_id: int) -> Giveaway | None:
    """The giveaway with its way in; None if the workspace has none with this id."""
    found = Giveaway.objects.filter(workspace=workspace, pk=giveaway_id).select_related(*_WITH_POINT)
    return found.defer("reward_media__data", "point__picture__data").first()


def words(workspace: Workspace) -> list[tuple[int, str]]:
    """(id, key of the word) of all giveaways that are not archived."""
    known = Giveaway.objects.filter(workspace=workspace, point__archived_at=None)
    return list(known.values_list("pk", "word_key"))


def claimed_words(workspace: Workspace, texts: Sequence[str]) -> list[str]:
    """The name of the giveaway whose word each text says, "" for none."""
    known = Giveaway.objects.filter(workspace=workspace, point__archived_at=None).order_by("-pk")
    names = list(known.values_list("word_key", "point__name"))
    return [next((name for key, name in names if says(text, key)), "") for text in texts]


def chosen_of(workspace: Workspace, giveaway_ids: Collection[int], at: datetime) -> Giveaway:
    """The giveaway that a message with a word means: one that is open at this time, or else the newest one."""
    known = Giveaway.objects.filter(workspace=workspace, pk__in=giveaway_ids).order_by("-pk").select_related("point")
    found = list(known)
    return next((one for one in found if one.point.is_open(at)), found[0])


def entrants(giveaway: Giveaway) -> QuerySet[Entrant]:
    """The people who take part, each once. A contact that was merged into another one, or erased, is left out."""
    return Entrant.objects.filter(giveaway=giveaway, contact__erased_at=None)


def entrant_rows(giveaway: Giveaway, *, search: str = "", only: str = "") -> QuerySet[Entrant]:
    """Entrants, newest first, with the contact and the state of the reward or winner's message (`told`).

    `search`: a part of the name or number, or the number of an entrant. `only`: "won", "entries" (contest entries with
    a picture) or "".
    """
    found = entrants(giveaway).select_related("contact")
    if search:
        found = found.filter(pk__in=_found(giveaway, search))
    if only == "won":
        found = found.filter(place__isnull=False)
    elif only == "entries":
        found = found.filter(picture_id__isnull=False)
    messages = Message.objects.filter(origin_kind=ORIGIN, origin_id=giveaway.pk, contact=OuterRef("contact"))
    vouchers = Voucher.objects.filter(origin_kind=ORIGIN, origin_id=giveaway.pk, contact=OuterRef("contact"))
    return found.annotate(
        told=Subquery(messages.filter(direction="outbound").order_by("-pk").values("state")[:1]),
        redeemed=Exists(vouchers.filter(redeemed_at__isnull=False)),
    ).order_by("-number")


def _found(giveaway: Giveaway, search: str) -> list[int]:
    """The ids of at most MOST_FOUND entrants whose number is searched, or whose contact has the words."""
    where, params = conditions(giveaway.workspace, Filters(q=search))
    number = int(search) if search.isdecimal() and len(search) < 9 else 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oe.id FROM optin_entrant oe JOIN contacts_contact c ON c.id = oe.contact_id"
            f" WHERE oe.giveaway_id = %(giveaway)s AND (oe.number = %(number)s OR ({' AND '.join(where)}))"
            " ORDER BY oe.number DESC LIMIT %(limit)s",
            {**params, "giveaway": giveaway.pk, "number": number, "limit": MOST_FOUND},
        )
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a giveaway. `left`: rewards; None without a limit. `entries`: contest entries with a picture."""

    people: int
    left: int | None
    entries: int
    winners: int
    vouchers: int
    redeemed: int


def figures(giveaway: Giveaway) -> Figures:
    """The numbers of one giveaway, in two statements."""
    counted = entrants(giveaway).aggregate(
        people=Count("pk"),
        entries=Count("pk", filter=Q(picture_id__isnull=False)),
        winners=Count("pk", filter=Q(place__isnull=False)),
    )
    made = Voucher.objects.filter(workspace=giveaway.workspace_id, origin_kind=ORIGIN, origin_id=giveaway.pk)
    vouchers = made.aggregate(vouchers=Count("pk"), redeemed=Count("pk", filter=Q(redeemed_at__isnull=False)))
    left = None if giveaway.stock is None else giveaway.stock - giveaway.last_number
    return Figures(left=left, **counted, **vouchers)


def is_over(giveaway: Giveaway) -> bool:
    """Whether taking part has ended, because the closing time has passed or a member closed it."""
    point, now = giveaway.point, clock.now()
    is_past = point.active_until is not None and point.active_until <= now
    return bool(giveaway.locked_at or point.closed_at or point.archived_at or is_past)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A contest entry on the page for scoring. `picture`: the message with the file. `mine`: the member's own points;
    None without any. `is_loading`: the file has not been fetched yet."""

    entrant: Entrant
    picture: Message | None
    is_loading: bool
    mine: int | None
    standing: Standing


def submitted(giveaway: Giveaway, judge: User | None, chosen: Collection[int] = ()) -> list[Submitted]:
    """All entries of a contest with their ranking, best first, in a fixed number of statements.

    The names of the entrants are not loaded: judges score the picture and the text.
    """
    rows = list(entrants(giveaway).filter(picture_id__isnull=False).order_by("number"))
    scores: dict[int, list[int]] = {row.pk: [] for row in rows}
    mine: dict[int, int] = {}
    for score in Score.objects.filter(entrant__in=rows):
        scores[score.entrant_id].append(score.points)
        if judge is not None and score.judge_id == judge.pk:
            mine[score.entrant_id] = score.points
    pictures = Message.objects.filter(pk__in=[row.picture_id for row in rows], workspace=giveaway.workspace_id)
    found = pictures.select_related("media").defer("media__data").in_bulk()
    loading = set(
        IncomingFile.objects.filter(message__in=list(found), state=IncomingFile.State.WAITING).values_list(
            "message_id", flat=True
        )
    )
    by_entrant = {row.pk: row for row in rows}
    return [
        Submitted(row, found.get(row.picture_id or 0), row.picture_id in loading, mine.get(row.pk), standing)
        for standing in standings(scores, giveaway.places, chosen)
        for row in [by_entrant[standing.entrant]]
    ]


def draw_of(giveaway: Giveaway) -> Draw | None:
    """The locked or finished draw; None while the list of entrants is not locked."""
    return Draw.objects.filter(giveaway=giveaway).select_related("locked_by", "drawn_by").first()


def winners_of(draw: Draw) -> QuerySet[DrawWinner]:
    """All drawn tickets by rank, dropped ones too."""
    found = DrawWinner.objects.filter(draw=draw).select_related("ticket__entrant__contact", "dropped_by")
    return found.order_by("rank")


def record_of(draw: Draw) -> dict[str, Any]:
    """The public record of a draw: no personal data, and everything that `rules.draw.problems_of` needs."""
    giveaway = draw.giveaway
    tickets = sorted(DrawTicket.objects.filter(draw=draw).values_list("ticket", flat=True))
    is_drawn = draw.drawn_at is not None
    winners = [
        {
            "rank": winner.rank,
            "place": winner.place,
            "ticket": winner.ticket.ticket,
            "dropped": None
            if winner.dropped_at is None
            else {"at": winner.dropped_at.isoformat(), "reason": winner.reason},
        }
        for winner in DrawWinner.objects.filter(draw=draw).select_related("ticket").order_by("rank")
    ]
    return {
        "format": arithmetic.FORMAT,
        "shop": giveaway.point.workspace.name,
        "prize": giveaway.point.incentive,
        "permit": draw.permit_number,
        "winners_wanted": draw.places,
        "locked_at": draw.locked_at.isoformat(),
        "tickets": tickets,
        "tickets_sha256": draw.tickets_hash,
        "seed_sha256": draw.seed_hash,
        "announced": draw.announced,
        "drand_round": draw.beacon_round,
        "drawn_at": draw.drawn_at.isoformat() if draw.drawn_at else None,
        "seed": draw.seed if is_drawn else None,
        "public_value": draw.public_value if is_drawn else None,
        "randomness": arithmetic.randomness_of(draw.seed, draw.public_value, draw.tickets_hash) if is_drawn else None,
        "winners": winners,
    }


def with_same_word(workspace: Workspace, key: str, without: int | None) -> Giveaway | None:
    """A giveaway that has this word and is not over; None if there is none. `without`: an id that is left out."""
    known = Giveaway.objects.filter(workspace=workspace, word_key=key, locked_at=None).exclude(pk=without or 0)
    return next((one for one in known.select_related("point") if not is_over(one)), None)
