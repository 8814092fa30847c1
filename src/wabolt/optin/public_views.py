"""The public pages of a way in: what the shop offers, the form, and the button that opens WhatsApp."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.services import VisitorLimits, admit_visitor
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.web import client_ip, public
from wabolt.optin import pictures, queries
from wabolt.optin.forms import JoinForm
from wabolt.optin.models import EntryCode, EntryPoint
from wabolt.optin.registry import kind_of
from wabolt.optin.services import submit_entry

_SALT = "optin.form"
FORM_LIFETIME = 24 * 3600
"""Seconds in which an opened form can be submitted."""
SHORTEST_FILL = 2
"""Seconds between opening and submitting a form. Programs are faster than people."""
LIMITS = VisitorLimits(per_address=60, per_network=300, per_object=3000)
"""Submitted forms in ten minutes: enough for an event whose guests share one Wi-Fi."""


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
    return _show(request, point, {"message": message, "qr": pictures.qr_svg(message.url)})


def ask_questions(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    """The page of a form: its questions, and after them the button."""
    return _submit(request, point) if request.method == "POST" else _show_form(request, point, JoinForm(point=point))


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


@dataclass(frozen=True, slots=True)
class _Opened:
    """The signed hidden field of a form: the key of the submission, and the age of the page in seconds."""

    key: UUID
    age: float


def _submit(request: HttpRequest, point: EntryPoint) -> HttpResponse:
    form, opened = JoinForm(request.POST, point=point), _opened(point, request.POST.get("key", ""))
    if opened is None:
        problem = _("This page was open for a long time. Your answers are still here; send them once more.")
        return _show_form(request, point, form, problem=problem)
    if opened.age < SHORTEST_FILL or request.POST.get("website"):
        problem = _("That was very fast. Your answers are still here; send them once more.")
        return _show_form(request, point, form, problem=problem)
    if not form.is_valid():
        return _show_form(request, point, form, key=opened.key)
    is_admitted = admit_visitor(
        workspace=point.workspace, purpose="form", subject=point.pk, ip=client_ip(request), limits=LIMITS
    )
    if not is_admitted:
        problem = _("Many people are signing up right now. Wait a few minutes and send it again.")
        response = _show_form(request, point, form, problem=problem, key=opened.key)
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
        return response
    try:
        entry = submit_entry(place=place_of(request, point), submission=form.submission(opened.key))
    except DomainError:
        return _gone(request)
    return redirect("optin:send", slug=point.slug, code=entry.code)


def _show_form(
    request: HttpRequest, point: EntryPoint, form: JoinForm, *, problem: str = "", key: UUID | None = None
) -> HttpResponse:
    """`key`: of a submission that was refused and may come again; None makes a new one, which waits SHORTEST_FILL."""
    opened_at = clock.now().timestamp() - (SHORTEST_FILL if key or problem else 0)
    token = signing.dumps([point.pk, str(key or uuid4()), opened_at], salt=_SALT)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or form.errors else HTTPStatus.OK
    return _show(request, point, {"form": form, "problem": problem, "key": token}, status=status)


def place_of(request: HttpRequest, point: EntryPoint) -> EntryCode:
    """The place whose QR code was scanned, from the address; the first place for any other code."""
    code = request.GET.get("at", "")
    found = point.codes.filter(code=code[:6]).first() if code.isalnum() else None
    return found or point.codes.order_by("pk")[0]


def _opened(point: EntryPoint, token: str) -> _Opened | None:
    """The hidden field; None if it is missing, forged, of another form, or too old."""
    try:
        point_id, key, opened_at = signing.loads(token, salt=_SALT, max_age=FORM_LIFETIME)
        return _Opened(UUID(key), clock.now().timestamp() - float(opened_at)) if point_id == point.pk else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _show(
    request: HttpRequest, point: EntryPoint, context: dict[str, object], status: int = HTTPStatus.OK
) -> HttpResponse:
    response = render(request, "optin/public/join.html", {"point": point, **context}, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same response for an unknown, a closed and a foreign address, so that a visitor cannot distinguish them."""
    return render(request, "optin/public/gone.html", status=404)
