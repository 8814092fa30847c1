"""One giveaway: its numbers, the people who take part, and the jury of a contest."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.lib.web import render_page, requires, whole_number
from wabolt.media.queries import shown_media
from wabolt.optin import pictures, reports
from wabolt.optin.gifts import several_gifts
from wabolt.optin.giveaways import queries, services
from wabolt.optin.giveaways.rules.ranking import LEAST, MOST
from wabolt.optin.giveaways.views.common import giveaway_or_404, may
from wabolt.optin.models import Entrant, Giveaway
from wabolt.optin.queries import first_message, is_simulated, page_url, placements_of, scan_url
from wabolt.optin.services import action_sentences

PER_PAGE = 50


@requires("viewer")
@require_GET
def detail(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """One giveaway: how it goes, what comes next, and what it earned."""
    giveaway = giveaway_or_404(request, giveaway_id)
    point = giveaway.point
    placement = placements_of(point)[0]
    context = {
        "giveaway": giveaway,
        "point": point,
        "figures": queries.figures(giveaway),
        "report": reports.point_report(point),
        "is_over": queries.is_over(giveaway),
        "is_past": point.active_until is not None and point.active_until <= clock.now(),
        "message": first_message(point, placement.code),
        "qr": pictures.qr_svg(scan_url(point, placement)),
        "placement": placement,
        "is_simulated": is_simulated(point),
        "public_url": page_url(giveaway.point),
        "then": action_sentences(point),
        "gifts": several_gifts(point),
        "newest": queries.entrant_rows(giveaway)[:5],
        "may_edit": may(request, "manager"),
        "may_judge": may(request, "agent"),
    }
    return render_page(request, "optin/giveaways/detail.html", context)


@requires("viewer")
@require_GET
def entrant_list(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """The people who take part, with a search."""
    giveaway = giveaway_or_404(request, giveaway_id)
    search = storable(request.GET.get("q", "")).strip()[:100]
    only = request.GET.get("only", "")
    rows = queries.entrant_rows(giveaway, search=search, only=only)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    here = request.path
    kinds = [("", _("All")), ("entries", _("With a photo")), ("won", _("Winners"))]
    if giveaway.kind != Giveaway.Kind.CONTEST:
        kinds = [] if giveaway.kind == Giveaway.Kind.REWARD else [kinds[0], kinds[2]]
    chips = [(label, f"{here}?only={key}" if key else here, key == only) for key, label in kinds]
    context = {"giveaway": giveaway, "point": giveaway.point, "page": page, "q": search, "only": only, "chips": chips}
    return render_page(request, "optin/giveaways/entrants.html", context, fragments=("table",))


@requires("agent")
@require_GET
def scoring(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """The entries of a contest, with the ranking and the member's own points."""
    giveaway = _contest_or_404(request, giveaway_id)
    chosen = _chosen(request, giveaway)
    rows = queries.submitted(giveaway, user_of(request), chosen)
    shown = [
        (row, shown_media(row.picture.media) if row.picture and row.picture.media else None)
        for row in sorted(rows, key=lambda row: row.entrant.number)
    ]
    context = {
        "giveaway": giveaway,
        "point": giveaway.point,
        "rows": shown,
        "ranking": [row for row in rows if row.standing.mean is not None],
        "tied": [row for row in rows if row.standing.is_tied],
        "is_over": queries.is_over(giveaway),
        "unscored": sum(row.mine is None for row in rows),
        "points": range(LEAST, MOST + 1),
        "may_edit": may(request, "manager"),
    }
    return render_page(request, "optin/giveaways/scoring.html", context)


@requires("agent")
@require_POST
def score(request: HttpRequest, giveaway_id: int, number: int) -> HttpResponse:
    """Stores the member's points for one entry."""
    giveaway = _contest_or_404(request, giveaway_id)
    try:
        services.score_entry(
            workspace=workspace_of(request),
            giveaway_id=giveaway.pk,
            number=number,
            judge=user_of(request),
            points=whole_number(request.POST.get("points", "")),
        )
    except Entrant.DoesNotExist:
        raise Http404 from None
    except DomainError as problem:
        messages.error(request, str(problem))
    response = redirect("optin:giveaway_scoring", giveaway.pk)
    response["Location"] += f"#entry-{number}"
    return response


@requires("manager")
@require_POST
def publish(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """Publishes the result of a contest and tells the winners."""
    giveaway = _contest_or_404(request, giveaway_id)
    chosen = [number for text in request.POST.getlist("chosen") if (number := whole_number(text)) is not None]
    try:
        winners = services.publish_result(
            workspace=workspace_of(request), giveaway_id=giveaway.pk, by=user_of(request), chosen=chosen
        )
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("optin:giveaway_scoring", giveaway.pk)
    messages.success(request, _("Published. %(count)s winners get a message now.") % {"count": len(winners)})
    return redirect("optin:giveaway", giveaway.pk)


def _chosen(request: HttpRequest, giveaway: Giveaway) -> set[int]:
    numbers = [number for text in request.GET.getlist("chosen") if (number := whole_number(text)) is not None]
    return set(queries.entrants(giveaway).filter(number__in=numbers).values_list("pk", flat=True))


def _contest_or_404(request: HttpRequest, giveaway_id: int) -> Giveaway:
    giveaway = giveaway_or_404(request, giveaway_id)
    if giveaway.kind != Giveaway.Kind.CONTEST:
        raise Http404
    return giveaway
