"""The public pages of a way in: what the shop offers, the form, and the button that opens WhatsApp."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.services import challenge_of
from wabolt.lib import clock
from wabolt.lib.shared_pages import share
from wabolt.lib.web import client_ip, for_crowds, public
from wabolt.optin import queries
from wabolt.optin.forms import JoinForm
from wabolt.optin.framing import in_frame, stay_in_frame
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.pages import render_public, visitor_language
from wabolt.optin.public_forms import FormPage, answer_form, guard_of
from wabolt.optin.registry import kind_of
from wabolt.optin.services import record_tap
from wabolt.personalization.queries import is_machine


@for_crowds
@public("customers open it from a QR code, a link or a website")
@csrf_exempt  # the form has no authority of a session; its signed key makes a double submit one entry
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The public page of a way in, made by the function of its kind (`registry.PointKind.public`)."""
    point = queries.shown_point(slug)
    if point is None:
        return gone(request)
    with override(visitor_language(request, point)):
        return in_frame(request, point, lambda: _answer(request, point))


def _answer(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    kind = kind_of(point.kind)
    if kind.shown is None and not point.is_open(clock.now()):
        return _show(request, point, {"opens_at": point.active_from})
    return (kind.public or show_button)(request, point)


def show_button(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a way in without questions: the shop's links, and the button that opens WhatsApp."""
    code = placement_of(request, point).code
    links = [(link, reverse("optin:tap", args=[point.slug, link.pk])) for link in point.links.order_by("position")]
    message = queries.first_message(point, code)
    context = {"message": message, "code": code, "links": links}
    context["simulated_url"] = queries.simulated_phone_url(point, message.text)
    return share(request, _show(request, point, context))


def ask_questions(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a form: its questions, and after them the button."""
    page = FormPage(
        form=partial(JoinForm, point=point),
        show=partial(_show, request, point),
        sent=lambda entry: redirect(_sent_url(request, point, entry)),
        closed=lambda: gone(request),
    )
    return answer_form(request, placement_of(request, point), page)


def _sent_url(request: HttpRequest, point: EntryPoint, entry: Entry) -> str:
    return stay_in_frame(request, point, reverse("optin:send", args=[point.slug, entry.code]))


@for_crowds
@public("the customer who filled in the form; the code in the address cannot be guessed")
@require_safe
def send(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The button that opens WhatsApp with the code of a submitted form. It shows nothing that the form said."""
    # A form that was accepted while the entry point was open can be confirmed later too.
    point = queries.point_by_slug(slug)
    entry = queries.waiting_entry(point, code) if point else None
    if point is None or entry is None or entry.code is None:
        return gone(request)
    with override(visitor_language(request, point)):
        return show_sent(request, point, entry)


def show_sent(
    request: HttpRequest,
    point: EntryPoint,
    entry: Entry,
    context: Mapping[str, object] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The page after a submitted form."""
    message = queries.first_message(point, entry.code or "")
    may_ask = kind_of(point.kind).asks_number and entry.marketing
    if may_ask and queries.asking_template(point.workspace, entry.marketing_wording):
        url = reverse("optin:ask_number", args=[point.slug, entry.code])
        number_url = stay_in_frame(request, point, url)
    else:
        number_url = ""
    shown = {
        "message": message,
        "code": entry.code,
        "is_sent": True,
        "simulated_url": queries.simulated_phone_url(point, message.text),
        "is_joined": entry.state == Entry.State.CONFIRMED,
        "number_url": number_url,
    }
    return in_frame(request, point, lambda: _show(request, point, {**shown, **(context or {})}, status=status))


@for_crowds
@public("the browser of a visitor, before it sends a form")
@require_safe
def challenge(request: HttpRequest, slug: str) -> HttpResponse:
    """A challenge of the proof of work for the form of a way in. Nothing is stored."""
    point = queries.shown_point(slug)
    if point is None:
        return gone(request)
    return JsonResponse(challenge_of(guard_of(point)), headers={"Cache-Control": "no-store"})


@for_crowds
@public("a link of the shop on its page")
@require_safe
def tap(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """Counts a visitor's tap on a link and goes there. The address comes from the shop's settings."""
    point = queries.shown_point(slug)
    link = point.links.filter(pk=link_id).first() if point else None
    if point is None or link is None:
        return gone(request)
    if not is_machine(request.method or "", request.headers):
        record_tap(point=point, link=link, ip=client_ip(request))
    response = HttpResponseRedirect(link.url)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def placement_of(request: HttpRequest, point: EntryPoint) -> Placement:
    """The placement whose QR code was scanned, from the address; the first placement for any other code. It has its
    present code, because the page shows the present text."""
    code = request.GET.get("at", "")
    scanned = point.placements.filter(code=code[:6]).first() if code.isalnum() else None
    placements = queries.placements_of(point)
    if scanned is None:
        return placements[0]
    return placements.get(branch=scanned.branch, medium=scanned.medium, staff=scanned.staff)


def _show(
    request: HttpRequest, point: EntryPoint, context: Mapping[str, object], status: int = HTTPStatus.OK
) -> HttpResponse:
    return render_public(request, point, "optin/public/join.html", context, status)


def gone(request: HttpRequest) -> HttpResponse:
    """The same response for an unknown, a closed and a foreign address, so that a visitor cannot distinguish them. It
    names no shop."""
    return render(request, "optin/public/gone.html", status=404)
