"""The public pages of a way in: what the shop offers, the form, and the button that opens WhatsApp."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.lib.shared_pages import share
from wabolt.lib.web import public
from wabolt.optin import pictures, queries
from wabolt.optin.forms import JoinForm
from wabolt.optin.models import EntryCode, EntryPoint
from wabolt.optin.public_forms import FormPage, answer_form
from wabolt.optin.registry import kind_of


@public("customers open it from a QR code, a link or a website")
@csrf_exempt  # the form has no authority of a session; its signed key makes a double submit one entry
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of a way in, which its kind answers."""
    point = queries.shown_point(slug)
    if point is None:
        return _gone(request)
    with override(point.language):
        answer = kind_of(point.kind).public or show_button
        return answer(request, point)


def show_button(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a way in without questions: the button that opens WhatsApp."""
    message = queries.first_message(point, place_of(request, point).code)
    return share(request, _show(request, point, {"message": message, "qr": pictures.qr_svg(message.url)}))


def ask_questions(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a form: its questions, and after them the button."""
    page = FormPage(
        form=partial(JoinForm, point=point),
        show=partial(_show, request, point),
        sent=lambda entry: redirect("optin:send", slug=point.slug, code=entry.code),
        closed=lambda: _gone(request),
    )
    return answer_form(request, place_of(request, point), page)


@public("the customer who filled in the form; the code in the address cannot be guessed")
@require_safe
def send(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The button that opens WhatsApp with the code of a submitted form. It shows nothing that the form said."""
    point = queries.shown_point(slug)
    entry = queries.waiting_entry(point, code) if point else None
    if point is None or entry is None or entry.code is None:
        return _gone(request)
    message = queries.first_message(point, entry.code)
    with override(point.language):
        return _show(request, point, {"message": message, "qr": pictures.qr_svg(message.url), "is_sent": True})


def place_of(request: HttpRequest, point: EntryPoint) -> EntryCode:
    """The place whose QR code was scanned, from the address; the first place for any other code."""
    code = request.GET.get("at", "")
    found = point.codes.filter(code=code[:6]).first() if code.isalnum() else None
    return found or point.codes.order_by("pk")[0]


def _show(
    request: HttpRequest, point: EntryPoint, context: Mapping[str, object], status: int = HTTPStatus.OK
) -> HttpResponse:
    # Without the token no cookie is set. The forms are not of a session (`join`).
    context = {"point": point, "csrf_token": "", **context}
    response = render(request, "optin/public/join.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same response for an unknown, a closed and a foreign address, so that a visitor cannot distinguish them."""
    return render(request, "optin/public/gone.html", status=404)
