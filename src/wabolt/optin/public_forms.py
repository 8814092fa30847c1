"""The form of a public page, for every kind of way in: its signed key, its limits, and how a submission is handled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts.queries import is_crowded
from wabolt.accounts.services import Verdict, VisitorLimits, accept_solution, admit_visitor
from wabolt.consent.models import Purpose
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.shared_pages import BLANK, share
from wabolt.lib.web import client_ip
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.queries import FirstMessage, first_message, settings_of, submitted_entry
from wabolt.optin.services import ShownWordings, Submission, submit_entry

_SALT = "optin.form"
FORM_LIFETIME = 24 * 3600
"""Seconds in which an opened form can be submitted."""
SHORTEST_FILL = 2
"""Seconds between opening and submitting a form. Programs are faster than people."""
LIMITS = VisitorLimits(per_address=60, per_network=300, per_object=600)
"""Submitted forms in ten minutes: enough for an event whose guests share one Wi-Fi. More of them than `per_object` are
accepted with a proof of work."""
PURPOSE = "form"


class PublicForm(Protocol):
    """A Django form whose valid data is a submission. Its boxes are named after the purposes of consent."""

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
    for the visitor), `key` (the value of the hidden field "key"), and `proof_of_work` and `direct` (for the part
    "proof_of_work.html", inside the form). The template has a field "website" that people do not see. `sent(entry)`:
    the response after a submission. `closed()`: the response if joining is no longer possible.
    """

    form: Callable[[Any], PublicForm]
    show: Callable[[Mapping[str, object], int], HttpResponse]
    sent: Callable[[Entry], HttpResponse]
    closed: Callable[[], HttpResponse]


@dataclass(frozen=True, slots=True)
class Direct:
    """The way to join without the form: the message, and the text that it agrees to. It stores nothing, so it needs no
    limit and works also for visitors whose form is refused."""

    message: FirstMessage
    wording: str


@dataclass(frozen=True, slots=True)
class ProofOfWork:
    """The proof of work of a form: the address of its challenge, and the way for a browser that cannot solve it."""

    url: str
    direct: Direct


def answer_form(request: HttpRequest, placement: Placement, page: FormPage) -> HttpResponse:
    """Shows the form, or stores what was submitted as a pending entry. Nothing is sent."""
    if request.method == "POST":
        return _submit(request, placement, page)
    point = placement.point
    proof_of_work = _proof_of_work(placement) if _is_guarded(point) else None
    context = {"form": page.form(None), "problem": "", "key": BLANK, "proof_of_work": proof_of_work}
    response = page.show(context, HTTPStatus.OK)
    shown = ShownWordings.of(point)  # of this page, which is given to other visitors for a moment
    return share(request, response, fill=lambda: token_of(point.pk, uuid4(), clock.now().timestamp(), shown))


def _is_guarded(point: EntryPoint) -> bool:
    """Whether a submission needs a proof of work: the shop has switched it on, or very many people submit the form."""
    if settings_of(point.workspace).proof_of_work:
        return True
    return is_crowded(point.workspace, purpose=PURPOSE, subject=point.pk, limits=LIMITS)


def _proof_of_work(placement: Placement) -> ProofOfWork:
    return ProofOfWork(reverse("optin:challenge", args=[placement.point.slug]), _direct(placement))


def _direct(placement: Placement) -> Direct:
    return Direct(first_message(placement.point, placement.code), placement.point.marketing_wording.text)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The signed hidden field of a form: the key of the submission, the age of the page in seconds, and the texts next
    to its boxes."""

    key: UUID
    age: float
    shown: ShownWordings


def _submit(request: HttpRequest, placement: Placement, page: FormPage) -> HttpResponse:
    point, workspace = placement.point, placement.point.workspace
    opened = _opened(point, request.POST.get("key", ""))
    known = submitted_entry(point, opened.key) if opened else None
    if known is not None:  # sent twice
        return page.sent(known)
    has_read = opened is not None and opened.shown == ShownWordings.of(point)
    form = page.form(request.POST if has_read else _without_consent(request.POST))
    again = partial(_show_again, placement, page, form)
    if opened is None or opened.age > FORM_LIFETIME:
        return again(_("This page was open for a long time. Your answers are still here; send them once more."))
    if not has_read:
        return again(
            _("The text that you agree to has changed. Please read it and tick the box again; your answers are kept."),
            opened.key,
        )
    if opened.age < SHORTEST_FILL or request.POST.get("website"):
        return again(_("That was very fast. Your answers are still here; send them once more."))
    if not form.is_valid():
        return again(key=opened.key)
    verdict = admit_visitor(
        workspace=workspace, purpose=PURPOSE, subject=point.pk, ip=client_ip(request), limits=LIMITS
    )
    if verdict is Verdict.REFUSED:
        problem = _("Many forms come from your network right now. Wait a few minutes, or send the message below.")
        response = again(problem, opened.key, direct=_direct(placement))
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
        return response
    if verdict is Verdict.CROWDED or settings_of(workspace).proof_of_work:
        payload = request.POST.get("altcha", "")
        if not accept_solution(workspace=workspace, purpose=PURPOSE, subject=point.pk, payload=payload):
            problem = _("Very many forms arrive right now, so we check that no program sends them. Send it once more.")
            return again(problem, opened.key)
    try:
        entry = submit_entry(placement=placement, submission=replace(form.submission(opened.key), shown=opened.shown))
    except DomainError:
        return page.closed()
    return page.sent(entry)


def _without_consent(data: QueryDict) -> QueryDict:
    """A submission without its ticked boxes, because the visitor may have read another text."""
    cleared = data.copy()
    for purpose in Purpose.values:
        cleared.pop(purpose, None)
    return cleared


def _show_again(
    placement: Placement,
    page: FormPage,
    form: PublicForm,
    problem: str = "",
    key: UUID | None = None,
    direct: Direct | None = None,
) -> HttpResponse:
    """Shows a submission that was refused. `key`: its key, which stays the same; None: a new one. `direct`: the way
    without the form, for a visitor who cannot send it now."""
    opened_at = clock.now().timestamp() - SHORTEST_FILL
    token = token_of(placement.point.pk, key or uuid4(), opened_at, ShownWordings.of(placement.point))
    proof_of_work = _proof_of_work(placement) if _is_guarded(placement.point) else None
    context = {"form": form, "problem": problem, "key": token, "proof_of_work": proof_of_work, "direct": direct}
    return page.show(context, HTTPStatus.UNPROCESSABLE_ENTITY)


def token_of(point_id: int, key: UUID, opened_at: float, shown: ShownWordings) -> str:
    """The hidden field of a form that was opened at this time (a Unix timestamp) with these texts."""
    return signing.dumps([point_id, str(key), opened_at, *shown], salt=_SALT)


def _opened(point: EntryPoint, token: str) -> _Opened | None:
    """The hidden field; None if it is missing, forged, or of another form."""
    try:
        point_id, key, opened_at, *shown = signing.loads(token, salt=_SALT)
        age = clock.now().timestamp() - float(opened_at)
        return _Opened(UUID(key), age, ShownWordings(*shown)) if point_id == point.pk else None
    except (signing.BadSignature, ValueError, TypeError):
        return None
