"""The jury of a contest: scores, and the result."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.rules.ranking import LEAST, MOST
from wabolt.optin.giveaways.services.answers import send_reward
from wabolt.optin.models import Entrant, Giveaway, Score


@transaction.atomic
def score_entry(*, workspace: Workspace, giveaway_id: int, number: int, judge: User, points: int | None) -> None:
    """Stores the points of one judge for one entry, instead of earlier ones; None takes them back.

    Judges may score while people still take part. Raises Entrant.DoesNotExist, and DomainError "published" or
    "bad_points".
    """
    giveaway = _contest(workspace, giveaway_id)
    if giveaway.published_at is not None:
        raise DomainError(_("The result is published and stays."), code="published")
    entrant = queries.entrants(giveaway).get(number=number, picture_id__isnull=False)
    if points is None:
        Score.objects.filter(entrant=entrant, judge=judge).delete()
        return
    if not LEAST <= points <= MOST:
        raise DomainError(_("Give 1 to 10 points."), code="bad_points", field="points")
    values = {"points": points, "given_at": clock.now()}
    Score.objects.update_or_create(entrant=entrant, judge=judge, defaults=values)


@transaction.atomic
def publish_result(*, workspace: Workspace, giveaway_id: int, by: User, chosen: Collection[int] = ()) -> list[Entrant]:
    """Fixes the winners of a contest by the ranking and queues their messages. It happens once.

    `chosen`: numbers of entrants that are preferred where a tie crosses the last prize. Raises Giveaway.DoesNotExist,
    and DomainError: "not_over", "published", "no_scores" or "tied". Fewer scored entries than prizes are allowed.
    """
    giveaway = _contest(workspace, giveaway_id)
    if giveaway.published_at is not None:
        raise DomainError(_("The result is published and stays."), code="published")
    if not queries.is_over(giveaway):
        raise DomainError(_("People can still take part. Close the contest first."), code="not_over")
    preferred = Entrant.objects.filter(giveaway=giveaway, number__in=list(chosen)).values_list("pk", flat=True)
    rows = queries.submitted(giveaway, None, set(preferred))
    if any(row.standing.is_tied for row in rows):
        message = _("Entries are tied for the last prize. Choose among them, or let the jury score again.")
        raise DomainError(message, code="tied")
    winners = [row for row in rows if row.standing.wins]
    if not winners:
        raise DomainError(_("No entry has points yet."), code="no_scores")
    now = clock.now()
    Giveaway.objects.filter(pk=giveaway.pk).update(published_at=now, locked_at=now)
    for place, row in enumerate(winners, 1):
        row.entrant.place = place
        row.entrant.save(update_fields=["place"])
        declare_winner(giveaway, row.entrant)
    record_audit(
        workspace=workspace,
        actor=by,
        action="giveaway.publish",
        target=("giveaway", giveaway.pk),
        data={"winners": [row.entrant.number for row in winners], "chosen": sorted(chosen)},
    )
    return [row.entrant for row in winners]


def declare_winner(giveaway: Giveaway, entrant: Entrant) -> None:
    """Queues the message to a winner and records the event, in the caller's transaction."""
    send_reward(giveaway, entrant)
    data = {"giveaway": giveaway.pk, "place": entrant.place}
    event = NewEvent(entrant.contact_id, "giveaway_won", clock.now(), data)
    record_events(workspace=giveaway.workspace, events=[event])


def _contest(workspace: Workspace, giveaway_id: int) -> Giveaway:
    locked = Giveaway.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "point__workspace", "point__channel", "reward_media", "workspace"
    )
    return locked.get(workspace=workspace, pk=giveaway_id, kind=Giveaway.Kind.CONTEST)
