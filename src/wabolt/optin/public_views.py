"""The public pages of a way in: what the shop offers, the form, and the button that opens WhatsApp."""

from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.lib.errors import DomainError
from wabolt.lib.web import public
from wabolt.optin import pictures, queries
from wabolt.optin.forms import JoinForm
from wabolt.optin.models import EntryCode, EntryPoint
from wabolt.optin.services import submit_entry

_SALT = "optin.form"
FORM_LIFETIME = 24 * 3600
"""Seconds in which an opened form can be submitted."""


@public("customers open it from a QR code, a link or a website")
@csrf_exempt  # the form has no authority of a session; its signed key makes a double submit one entry
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of a way in. Without questions it shows the button that opens WhatsApp; a form comes first otherwise."""
    point = queries.open_point(slug)
    if point is None:
        return _gone(request)
    with override(point.language):
        if point.kind != EntryPoint.Kind.FORM:
            return _show(request, point, {"message": _first(point), "qr": pictures.qr_svg(_first(point).url)})
        form = JoinForm(request.POST if request.method == "POST" else None, point=point)
        key = _form_key(point, request.POST.get("key", ""))
        if request.method == "POST" and form.is_valid() and key is not None:
            try:
                entry = submit_entry(place=_place(point), submission=form.submission(key))
            except DomainError:
                return _gone(request)
            return redirect("optin:send", slug=point.slug, code=entry.code)
        is_late = request.method == "POST" and key is None
        context = {"form": form, "is_late": is_late, "key": signing.dumps([point.pk, str(key or uuid4())], salt=_SALT)}
        return _show(request, point, context, status=422 if form.errors or is_late else 200)


@public("the customer who filled in the form; the code in the address cannot be guessed")
@require_safe
def send(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The button that opens WhatsApp with the code of a submitted form. It shows nothing that the form said."""
    point = queries.open_point(slug)
    entry = queries.waiting_entry(point, code) if point else None
    if point is None or entry is None or entry.code is None:
        return _gone(request)
    message = queries.first_message(point, entry.code)
    with override(point.language):
        return _show(request, point, {"message": message, "qr": pictures.qr_svg(message.url), "is_sent": True})


def _place(point: EntryPoint) -> EntryCode:
    return point.codes.order_by("pk")[0]


def _first(point: EntryPoint) -> queries.FirstMessage:
    return queries.first_message(point, _place(point).code)


def _form_key(point: EntryPoint, token: str) -> UUID | None:
    """The key in the hidden field of the form; None if it is missing, forged, of another form, or too old."""
    try:
        point_id, key = signing.loads(token, salt=_SALT, max_age=FORM_LIFETIME)
        return UUID(key) if point_id == point.pk else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _show(request: HttpRequest, point: EntryPoint, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, "optin/public/join.html", {"point": point, **context}, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same response for an unknown, a closed and a foreign address, so that a visitor cannot distinguish them."""
    return render(request, "optin/public/gone.html", status=404)
