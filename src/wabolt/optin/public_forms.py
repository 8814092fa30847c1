"""The form of a public page, for every kind of way in: what it shows, and how a submission becomes an entry.

`accounts.services` protects it, as it protects every form of a page without a session.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts.services import (
    FormGuard,
    OpenedForm,
    Refusal,
    VisitorLimits,
    check_fill,
    check_visitor,
    open_form,
    reopen_form,
    seal_form,
)
from wabolt.consent.models import Purpose
from wabolt.lib.errors import DomainError
from wabolt.lib.shared_pages import BLANK, share
from wabolt.lib.web import client_ip
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.queries import FirstMessage, first_message, settings_of, submitted_entry
from wabolt.optin.services import ShownWordings, Submission, submit_entry

LIMITS = VisitorLimits(per_address=60, per_network=300, per_object=600)
"""Submitted forms in ten minutes: enough for an event whose guests share one Wi-Fi. More of them than `per_object` are
accepted with a proof of work."""
_PURPOSE = "form"


def guard_of(point: EntryPoint) -> FormGuard:
    """The protection of the form of a way in."""
    return FormGuard(
        workspace=point.workspace,
        purpose=_PURPOSE,
        subject=point.pk,
        limits=LIMITS,
        always_proves=settings_of(point.workspace).proof_of_work,
    )


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
    guard, shown = guard_of(point), ShownWordings.of(point)  # of this page, which other visitors get for a moment
    proof_of_work = _proof_of_work(placement) if guard.needs_proof else None
    context = {"form": page.form(None), "problem": "", "key": BLANK, "proof_of_work": proof_of_work}
    response = page.show(context, HTTPStatus.OK)
    return share(request, response, fill=lambda: seal_form(guard, shown=shown))


def _proof_of_work(placement: Placement) -> ProofOfWork:
    return ProofOfWork(reverse("optin:challenge", args=[placement.point.slug]), _direct(placement))


def _direct(placement: Placement) -> Direct:
    return Direct(first_message(placement.point, placement.code), placement.point.marketing_wording.text)


def _submit(request: HttpRequest, placement: Placement, page: FormPage) -> HttpResponse:
    point, guard = placement.point, guard_of(placement.point)
    opened = open_form(guard, request.POST)
    known = submitted_entry(point, opened.key) if opened else None
    if known is not None and known.state == Entry.State.CONFIRMED:
        return page.sent(known)
    is_current = opened is not None and opened.shown == ShownWordings.of(point)
    has_read = is_current or known is not None  # a form that was accepted before keeps the texts that its page showed
    form = page.form(request.POST)
    # With a changed text the boxes are empty.
    again = partial(_show_again, placement, page, form if is_current else page.form(_without_consent(request.POST)))
    refusal = check_fill(opened, request.POST)
    if opened is None or refusal is Refusal.EXPIRED:
        return again(_("This page was open for a long time. Your answers are still here; send them once more."))
    if not has_read:
        return again(
            _("The text that you agree to has changed. Please read it and tick the box again; your answers are kept."),
            opened.key,
        )
    if refusal is not None:
        return again(_("That was very fast. Your answers are still here; send them once more."))
    if not form.is_valid():
        return again(key=opened.key)
    # Sent twice, or corrected after the back button: it was counted, and its proof of work is used up.
    refusal = None if known is not None else check_visitor(guard, request.POST, client_ip(request))
    if refusal is Refusal.TOO_MANY:
        return _too_many(again, opened, placement)
    if refusal is not None:
        problem = _("Very many forms arrive right now, so we check that no program sends them. Send it once more.")
        return again(problem, opened.key)
    submission = replace(form.submission(opened.key), shown=_shown_on(opened))
    try:
        entry = submit_entry(placement=placement, submission=submission)
    except DomainError:
        return page.closed()
    return page.sent(entry)


def _shown_on(opened: OpenedForm) -> ShownWordings:
    """The versions of the texts on a page whose signed key this is."""
    marketing, service = opened.shown
    return ShownWordings(int(marketing or 0), None if service is None else int(service))


def _too_many(again: Callable[..., HttpResponse], opened: OpenedForm, placement: Placement) -> HttpResponse:
    problem = _("Many forms come from your network right now. Wait a few minutes, or send the message below.")
    response = again(problem, opened.key, direct=_direct(placement))
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
    return response


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
    guard = guard_of(placement.point)
    token = reopen_form(guard, key=key, shown=ShownWordings.of(placement.point))
    proof_of_work = _proof_of_work(placement) if guard.needs_proof else None
    context = {"form": form, "problem": problem, "key": token, "proof_of_work": proof_of_work, "direct": direct}
    return page.show(context, HTTPStatus.UNPROCESSABLE_ENTITY)
