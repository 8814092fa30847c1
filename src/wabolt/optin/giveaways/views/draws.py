"""The draw of a permitted giveaway: fixing the list, drawing, and dropping a winner."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires, whole_number
from wabolt.optin.giveaways import queries, services
from wabolt.optin.giveaways.forms import DrawForm, DropForm, LockForm
from wabolt.optin.giveaways.rules import beacon
from wabolt.optin.giveaways.views.common import giveaway_or_404, may
from wabolt.optin.models import Draw, DrawWinner, Giveaway
from wabolt.optin.queries import page_url
from wabolt.ui.forms import show_refusal


@requires("viewer")
@require_GET
def draw(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """The steps of a draw, and its result."""
    return _show(request, _draw_or_404(request, giveaway_id))


def _show(request: HttpRequest, giveaway: Giveaway, **forms: object) -> HttpResponse:
    found = queries.draw_of(giveaway)
    number = found.beacon_round if found else None
    known_from = datetime.fromtimestamp(beacon.time_of(number), UTC) if number else None
    winners = queries.winners_of(found) if found else []
    refused = forms.pop("drop_form", None)
    context = {
        "giveaway": giveaway,
        "point": giveaway.point,
        "draw": found,
        "people": queries.figures(giveaway).people,
        "is_over": queries.is_over(giveaway),
        "step": 1 if found is None else 2 if found.drawn_at is None else 3,
        "steps": [_("Fix the list"), _("Draw"), _("Result")],
        "known_from": known_from,
        "is_known": known_from is None or known_from <= clock.now(),
        "beacon_url": beacon.url_of(number) if number else "",
        "winners": [(winner, _drop_form(winner.rank, refused)) for winner in winners],
        "public_url": page_url(giveaway.point),
        "may_edit": may(request, "manager"),
        "lock_form": LockForm(),
        "draw_form": DrawForm(),
        **forms,
    }
    invalid = refused is not None or any(getattr(form, "errors", None) for form in forms.values())
    return render_page(request, "optin/giveaways/draw.html", context, status=422 if invalid else 200)


def _drop_form(rank: int, refused: object) -> DropForm:
    """The form under a winner: the refused one with its errors if it was about this winner, otherwise an empty one."""
    if isinstance(refused, DropForm) and refused.data.get("rank") == str(rank):
        return refused
    return DropForm(auto_id=f"id_{rank}_%s")


@requires("manager")
@require_POST
def lock(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """Fixes the list of entrants."""
    giveaway, form = _draw_or_404(request, giveaway_id), LockForm(request.POST)

    def act() -> None:
        services.lock_draw(
            workspace=workspace_of(request), giveaway_id=giveaway.pk, by=user_of(request), **form.cleaned_data
        )

    return _do(request, giveaway, form, "lock_form", act)


@requires("manager")
@require_POST
def draw_now(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """Draws the winners."""
    giveaway, form = _draw_or_404(request, giveaway_id), DrawForm(request.POST)

    def act() -> None:
        services.draw_winners(
            workspace=workspace_of(request), giveaway_id=giveaway.pk, by=user_of(request), **form.cleaned_data
        )

    return _do(request, giveaway, form, "draw_form", act)


@requires("manager")
@require_POST
def drop(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """Drops a winner and lets the next one win."""
    giveaway, rank = _draw_or_404(request, giveaway_id), whole_number(request.POST.get("rank", "")) or 0
    form = DropForm(request.POST, auto_id=f"id_{rank}_%s")

    def act() -> None:
        found = services.drop_winner(
            workspace=workspace_of(request), giveaway_id=giveaway.pk, by=user_of(request), **form.cleaned_data
        )
        if found is None:
            messages.warning(request, _("No ticket is left, so this prize has no winner."))

    return _do(request, giveaway, form, "drop_form", act)


def _do(
    request: HttpRequest,
    giveaway: Giveaway,
    form: LockForm | DrawForm | DropForm,
    name: str,
    act: Callable[[], None],
) -> HttpResponse:
    """Takes a step of a draw and shows the page again, with the reason if it is refused."""
    if form.is_valid():
        try:
            act()
        except (DrawWinner.DoesNotExist, Draw.DoesNotExist):
            raise Http404 from None
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            return redirect("optin:giveaway_draw", giveaway.pk)
    return _show(request, giveaway, **{name: form})


def _draw_or_404(request: HttpRequest, giveaway_id: int) -> Giveaway:
    giveaway = giveaway_or_404(request, giveaway_id)
    if giveaway.kind != Giveaway.Kind.DRAW:
        raise Http404
    return giveaway
