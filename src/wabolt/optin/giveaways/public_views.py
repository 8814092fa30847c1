"""The public pages of a giveaway: its rules, its result, and the record and program that prove a draw."""

from importlib.resources import files

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from wabolt.lib.web import for_crowds, public
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.rules import beacon
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.pages import render_public
from wabolt.optin.public_views import gone, placement_of
from wabolt.optin.queries import first_message, shown_point

SCRIPT = files("wabolt.optin.giveaways.rules").joinpath("draw.py")


def show(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a giveaway: who gives what to whom and how, the button while it is open, and the result after it."""
    giveaway = Giveaway.objects.select_related("point__workspace", "point__channel").get(pk=point.pk)
    placement = placement_of(request, point)
    is_open = not queries.is_over(giveaway)
    draw = queries.draw_of(giveaway)
    context = {
        "giveaway": giveaway,
        "is_open": is_open,
        "placement": placement,
        "message": first_message(point, placement.code),
        "left": None if giveaway.stock is None else giveaway.stock - giveaway.last_number,
        "winners": queries.entrants(giveaway).filter(place__isnull=False).order_by("place")
        if giveaway.published_at and giveaway.kind == Giveaway.Kind.CONTEST
        else [],
        "draw": draw,
        "drawn": queries.winners_of(draw) if draw and draw.drawn_at else [],
        "tickets": draw.tickets.count() if draw else 0,
        "beacon_url": beacon.url_of(draw.beacon_round) if draw and draw.beacon_round else "",
    }
    return render_public(request, point, "optin/giveaways/public.html", context)


@for_crowds
@public("customers who check a draw; it holds no personal data")
@require_safe
def record(request: HttpRequest, slug: str) -> HttpResponse:
    """The record of a locked or finished draw as JSON."""
    point = shown_point(slug)
    giveaway = Giveaway.objects.filter(pk=point.pk).select_related("point__workspace").first() if point else None
    draw = queries.draw_of(giveaway) if giveaway else None
    if giveaway is None or draw is None:
        return gone(request)
    draw.giveaway = giveaway
    headers = {"Content-Disposition": f'attachment; filename="undian-{giveaway.pk}.json"', "Cache-Control": "no-store"}
    return JsonResponse(queries.record_of(draw), json_dumps_params={"indent": 1}, headers=headers)


@for_crowds
@public("customers who check a draw; it is the same file for all shops")
@require_safe
def program(request: HttpRequest, slug: str) -> HttpResponse:
    """The program that checks a record. It is the file that this shop computes the winners with."""
    point = shown_point(slug)
    if point is None or point.kind != EntryPoint.Kind.GIVEAWAY:
        return gone(request)
    headers = {"Content-Disposition": 'attachment; filename="draw.py"'}
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8", headers=headers)
