"""The form of a public page, for every kind of way in: its signed key, its limits, and what becomes of a submission."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from wabolt.accounts.services import VisitorLimits, admit_visitor
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.shared_pages import BLANK, share
from wabolt.lib.web import client_ip
from wabolt.optin.models import Entry, EntryCode, EntryPoint
from wabolt.optin.services import Submission, submit_entry

_SALT = "optin.form"
FORM_LIFETIME = 24 * 3600
"""Seconds in which an opened form can be submitted."""
SHORTEST_FILL = 2
"""Seconds between opening and submitting a form. Programs are faster than people."""
LIMITS = VisitorLimits(per_address=60, per_network=300, per_object=3000)
"""Submitted forms in ten minutes: enough for an event whose guests share one Wi-Fi."""


class PublicForm(Protocol):
    """A Django form whose valid data is a submission."""

    @property
    def errors(self) -> Mapping[str, Any]: ...

    def is_valid(self) -> bool: ...

    def submission(self, form_key: UUID) -> Submission:
        """The valid form as an entry."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """A public page with a form.

    `form(data)`: the form; None: empty. `show(context, status)`: the page; the context has `form`, `problem` (a text
    for the visitor) and `key` (the value of the hidden field "key"). The template has a field "website" that people do
    not see. `sent(entry)`: the response after a submission. `closed()`: the response if joining is no longer possible.
    """

    form: Callable[[Any], PublicForm]
    show: Callable[[Mapping[str, object], int], HttpResponse]
    sent: Callable[[Entry], HttpResponse]
    closed: Callable[[], HttpResponse]


def answer_form(request: HttpRequest, place: EntryCode, page: FormPage) -> HttpResponse:
    """Shows the form, or stores what was submitted as a pending entry. Nothing is sent."""
    if request.method == "POST":
        return _submit(request, place, page)
    point = place.point
    response = page.show({"form": page.form(None), "problem": "", "key": BLANK}, HTTPStatus.OK)
    return share(request, response, fill=lambda: _token(point.pk, uuid4(), clock.now().timestamp()))


@dataclass(frozen=True, slots=True)
class _Opened:
    """The signed hidden field of a form: the key of the submission, and the age of the page in seconds."""

    key: UUID
    age: float


def _submit(request: HttpRequest, place: EntryCode, page: FormPage) -> HttpResponse:
    point = place.point
    form, opened = page.form(request.POST), _opened(point, request.POST.get("key", ""))
    if opened is None:
        problem = _("This page was open for a long time. Your answers are still here; send them once more.")
        return _show(point, page, form, problem=problem)
    if opened.age < SHORTEST_FILL or request.POST.get("website"):
        problem = _("That was very fast. Your answers are still here; send them once more.")
        return _show(point, page, form, problem=problem)
    if not form.is_valid():
        return _show(point, page, form, key=opened.key)
    is_admitted = admit_visitor(
        workspace=point.workspace, purpose="form", subject=point.pk, ip=client_ip(request), limits=LIMITS
    )
    if not is_admitted:
        problem = _("Many people are signing up right now. Wait a few minutes and send it again.")
        response = _show(point, page, form, problem=problem, key=opened.key)
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
        return response
    try:
        entry = submit_entry(place=place, submission=form.submission(opened.key))
    except DomainError:
        return page.closed()
    return page.sent(entry)


def _show(
    point: EntryPoint, page: FormPage, form: PublicForm, *, problem: str = "", key: UUID | None = None
) -> HttpResponse:
    """Shows a submission that was refused. `key`: its key, which stays the same; None: a new one."""
    token = _token(point.pk, key or uuid4(), clock.now().timestamp() - SHORTEST_FILL)
    return page.show({"form": form, "problem": problem, "key": token}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _token(point_id: int, key: UUID, opened_at: float) -> str:
    return signing.dumps([point_id, str(key), opened_at], salt=_SALT)


def _opened(point: EntryPoint, token: str) -> _Opened | None:
    """The hidden field; None if it is missing, forged, of another form, or too old."""
    try:
        point_id, key, opened_at = signing.loads(token, salt=_SALT, max_age=FORM_LIFETIME)
        return _Opened(UUID(key), clock.now().timestamp() - float(opened_at)) if point_id == point.pk else None
    except (signing.BadSignature, ValueError, TypeError):
        return None
