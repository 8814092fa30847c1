"""The list of requests about personal data, and the page of one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.consent.queries import restriction_of
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import get_contact, phone_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import Reach, who_can_open
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires
from wabolt.messaging.models import Message
from wabolt.privacy import queries, services
from wabolt.privacy.forms import NoteForm, OwnerForm, ReasonForm, RequestForm
from wabolt.privacy.models import DataRequest
from wabolt.privacy.rules import Stage, stage_of, words_of

A_PAGE = 30
_TONES = {Stage.NEW: "neutral", Stage.DAY_1: "info", Stage.DAY_2: "warning", Stage.OVERDUE: "bad"}
_ANSWERS: dict[str, Callable[..., Any]] = {
    DataRequest.Kind.RESTRICTION: services.answer_restriction,
    DataRequest.Kind.OBJECTION: services.answer_objection,
}


@requires("agent")
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """The open requests with the time that is left, or the closed ones."""
    workspace = workspace_of(request)
    show = "closed" if request.GET.get("show") == "closed" else "open"
    page = Paginator(queries.requests(workspace, show=show), A_PAGE).get_page(request.GET.get("page"))
    now = clock.now()
    context = {
        "page": page,
        "rows": [(one, _TONES[stage_of(one.opened_at, now)], one.due_at < now) for one in page.object_list],
        "show": show,
        "is_open": show == "open",
        "public_url": queries.public_path(workspace.pk),
        "words": words_of(queries.settings_of(workspace).words),
        "is_owner": at_least(membership_of(request).role, "owner"),
        "is_manager": at_least(membership_of(request).role, "manager"),
    }
    return render_page(request, "privacy/list.html", context)


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A member writes down what a person asked for."""
    workspace = workspace_of(request)
    contact = _contact(request, contact_id)
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = services.Asked(DataRequest.Source.STAFF, details=form.cleaned_data["details"])
        made = services.open_request(
            workspace=workspace,
            contact_id=contact.pk,
            kind=form.cleaned_data["kind"],
            asked=asked,
            actor=user_of(request),
        )
        messages.success(request, _("The request is written down. The person gets a confirmation."))
        return redirect("privacy:request", made.pk)
    context = {"form": form, "contact": contact}
    return render_page(request, "privacy/new.html", context, status=422 if form.errors else 200)


@requires("agent")
@require_GET
def request_page(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: the clock, what to do, and the history."""
    found = _request(request, request_id)
    return render_page(request, "privacy/request.html", _context(request, found))


@requires("agent")
@require_POST
def request_assign(request: HttpRequest, request_id: int) -> HttpResponse:
    """Makes a member responsible."""
    found = _request(request, request_id)
    form = OwnerForm(request.POST, workspace=workspace_of(request))
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        return _done(
            request,
            found,
            lambda: services.assign_request(request=found, owner=owner, actor=user_of(request)),
            _("Saved."),
        )
    return redirect("privacy:request", found.pk)


@requires("agent")
@require_POST
def request_note(request: HttpRequest, request_id: int) -> HttpResponse:
    """Adds a note to the history."""
    found = _request(request, request_id)
    text = request.POST.get("note", "")
    return _done(
        request,
        found,
        lambda: services.note_on_request(request=found, text=text, actor=user_of(request)),
        _("The note is saved."),
    )


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def request_access(request: HttpRequest, request_id: int) -> HttpResponse:
    """Shows the sections of the copy; a POST sends it."""
    found = _request(request, request_id)
    if found.kind != DataRequest.Kind.ACCESS:
        return _other_kind(request, found)
    if request.method == "POST":
        left_out = request.POST.getlist("leave_out")[:50]
        return _done(
            request,
            found,
            lambda: services.answer_access(request=found, actor=user_of(request), left_out=left_out),
            _("The copy is made and on its way."),
        )
    sections = [
        (section, len(section.rows) or len(section.raw), section.key in queries.NOT_LEFT_OUT)
        for section in queries.sections_of(workspace_of(request), found.contact)
    ]
    context = _context(request, found) | {"sections": sections, "by_link": who_can_open() is Reach.EVERYONE}
    return render_page(request, "privacy/access.html", context)


@requires("manager")
@require_POST
def request_answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """Answers a correction, a restriction or an objection."""
    found = _request(request, request_id)
    actor = user_of(request)
    if found.kind == DataRequest.Kind.CORRECTION:
        what = request.POST.get("what", "")
        return _done(
            request,
            found,
            lambda: services.answer_correction(request=found, actor=actor, what=what),
            _("Answered."),
        )
    answer = _ANSWERS.get(found.kind)
    if answer is None:
        return _other_kind(request, found)
    return _done(request, found, lambda: answer(request=found, actor=actor), _("Answered."))


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def request_erase(request: HttpRequest, request_id: int) -> HttpResponse:
    """The preview of an erasure by room; a POST confirms it."""
    found = _request(request, request_id)
    if found.kind != DataRequest.Kind.ERASURE:
        return _other_kind(request, found)
    if request.method == "POST":
        return _done(
            request,
            found,
            lambda: services.confirm_erasure(request=found, actor=user_of(request)),
            _("The last message goes out, then the data is erased."),
        )
    held = queries.held_about(workspace_of(request), found.contact) if found.contact.erased_at is None else []
    return render_page(request, "privacy/erase.html", _context(request, found) | {"held": held})


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def request_refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    """Refuses a request with a reason that the person reads."""
    found = _request(request, request_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _done(
            request,
            found,
            lambda: services.refuse_request(request=found, reason=form.cleaned_data["reason"], actor=user_of(request)),
            _("Refused."),
        )
    context = _context(request, found) | {"form": form}
    return render_page(request, "privacy/refuse.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def request_cancel(request: HttpRequest, request_id: int) -> HttpResponse:
    """Closes a request that the person has taken back."""
    found = _request(request, request_id)
    return _done(
        request,
        found,
        lambda: services.cancel_request(request=found, actor=user_of(request)),
        _("Closed."),
    )


@requires("manager")
@require_POST
def restriction_end(request: HttpRequest, request_id: int) -> HttpResponse:
    """Ends the restriction of an answered request, with a notice to the person."""
    found = _request(request, request_id)
    if found.kind != DataRequest.Kind.RESTRICTION:
        return _other_kind(request, found)
    reason = request.POST.get("reason", "")
    return _done(
        request,
        found,
        lambda: services.end_restriction(request=found, actor=user_of(request), reason=reason),
        _("The data may be used again."),
    )


def _done(request: HttpRequest, found: DataRequest, work: Callable[[], Any], done: str) -> HttpResponse:
    """Runs one service and shows its result on the page of the request."""
    try:
        work()
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect("privacy:request", found.pk)


def _context(request: HttpRequest, found: DataRequest) -> dict[str, Any]:
    workspace, now = workspace_of(request), clock.now()
    asked = Message.objects.filter(pk=found.message_id or 0, contact=found.contact).first()
    is_erased = found.contact.erased_at is not None
    return {
        "found": found,
        "asked": asked,
        "steps": queries.steps_of(found),
        "notices": [(one, queries.problem_words(one.problem)) for one in queries.notices_of(found)],
        "tone": _TONES[stage_of(found.opened_at, now)],
        "is_overdue": found.is_open and found.due_at < now,
        "is_erased": is_erased,
        "phone": None if is_erased else phone_of(found.contact),
        "restriction": restriction_of(workspace, found.contact_id),
        "owner_form": OwnerForm(workspace=workspace, initial={"owner": found.owner_id}),
        "note_form": NoteForm(),
        "may_answer": at_least(membership_of(request).role, "manager"),
        "back": reverse("privacy:list"),
    }


def _request(request: HttpRequest, request_id: int) -> DataRequest:
    found = queries.get_request(workspace_of(request), request_id)
    if found is None:
        raise Http404
    return found


def _other_kind(request: HttpRequest, found: DataRequest) -> HttpResponse:
    messages.error(request, _("This request asks for something else."))
    return redirect("privacy:request", found.pk)


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    try:
        return get_contact(workspace_of(request), contact_id)
    except Contact.DoesNotExist:
        raise Http404 from None
