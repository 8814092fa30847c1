"""The wizard for a breach: three steps, then both letters."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.accounts.services import record_audit
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, long_response, render_page, requires
from wabolt.privacy import breach_letters, queries, services
from wabolt.privacy.forms import BreachForm
from wabolt.privacy.models import Breach
from wabolt.privacy.rules import Stage, stage_of
from wabolt.ui.filters import number_id
from wabolt.ui.forms import show_refusal

A_PAGE = 30
_TONES = {Stage.NEW: "neutral", Stage.DAY_1: "info", Stage.DAY_2: "warning", Stage.OVERDUE: "bad"}


@requires("owner")
@require_GET
def breach_list(request: HttpRequest) -> HttpResponse:
    """The breaches of the shop."""
    page = Paginator(queries.breaches(workspace_of(request)), A_PAGE).get_page(request.GET.get("page"))
    now = clock.now()
    rows = [(one, _TONES[stage_of(one.known_at, now)], one.due_at < now) for one in page.object_list]
    return render_page(request, "privacy/breaches.html", {"page": page, "rows": rows})


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def breach_new(request: HttpRequest) -> HttpResponse:
    """The first step: what happened and when."""
    form = BreachForm(request.POST or None, workspace=workspace_of(request), step=0)
    if request.method == "POST" and form.is_valid():
        try:
            breach = services.create_breach(
                workspace=workspace_of(request), values=form.cleaned_data, author=user_of(request)
            )
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            return redirect("privacy:breach_edit", breach.pk, 2)
    return _step(request, form, 1, None)


@requires("owner")
@edits(Breach, "breach_id")
@require_http_methods(["GET", "HEAD", "POST"])
def breach_edit(request: HttpRequest, breach_id: int, step: int) -> HttpResponse:
    """One step of the wizard, 1 to 3."""
    breach = _breach(request, breach_id)
    if not 1 <= step <= len(BreachForm.STEPS):
        raise Http404
    form = BreachForm(request.POST or None, workspace=breach.workspace, step=step - 1, breach=breach)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_breach(workspace=breach.workspace, breach_id=breach.pk, values=form.cleaned_data)
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            last = step == len(BreachForm.STEPS)
            return (
                redirect("privacy:breach", breach.pk) if last else redirect("privacy:breach_edit", breach.pk, step + 1)
            )
    return _step(request, form, step, breach)


@requires("owner")
@require_GET
def breach_page(request: HttpRequest, breach_id: int) -> HttpResponse:
    """The letters, the clock, and who was told."""
    breach = _breach(request, breach_id)
    now = clock.now()
    count = queries.count_affected(breach)
    context = {
        "breach": breach,
        "tone": _TONES[stage_of(breach.known_at, now)],
        "is_overdue": breach.is_open and breach.due_at < now,
        "settings": queries.settings_of(breach.workspace),
        "text": queries.notice_text(breach),
        "affected": count,
        "send_words": ngettext("Send to %(count)s customer", "Send to %(count)s customers", count)
        % {"count": number_id(count)},
        "steps": _steps(),
    }
    return render_page(request, "privacy/breach.html", context)


@requires("owner")
@long_response
@require_GET
def breach_letter(request: HttpRequest, breach_id: int, to: str) -> HttpResponse:
    """A letter as PDF."""
    breach = _breach(request, breach_id)
    if to not in breach_letters.LETTERS:
        raise Http404
    drawn = breach_letters.letter(breach, queries.settings_of(breach.workspace), to)
    record_audit(request=request, action="breach.letter", target=("breach", breach.pk))
    name = _("letter") + f"-{to}-{breach.pk}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(drawn, content_type="application/pdf", headers=headers)


@requires("owner")
@require_POST
def breach_told(request: HttpRequest, breach_id: int) -> HttpResponse:
    """Notes that a letter went out."""
    breach = _breach(request, breach_id)
    who = request.POST.get("who", "")
    if who not in breach_letters.LETTERS:
        messages.error(request, _("Choose which letter went out."))
        return redirect("privacy:breach", breach.pk)
    services.mark_told(workspace=breach.workspace, breach_id=breach.pk, who=who)
    messages.success(request, _("Noted: the letter went out."))
    return redirect("privacy:breach", breach.pk)


@requires("owner")
@require_POST
def breach_send(request: HttpRequest, breach_id: int) -> HttpResponse:
    """Sends the notice to the people of the segment by WhatsApp."""
    breach = _breach(request, breach_id)
    try:
        services.start_notices(workspace=breach.workspace, breach_id=breach.pk)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The notices are on their way, at the pace of your number."))
    return redirect("privacy:breach", breach.pk)


def _steps() -> list[str]:
    return [_("What happened and when"), _("Which data, whose"), _("What you do"), _("Letters")]


def _step(request: HttpRequest, form: BreachForm, step: int, breach: Breach | None) -> HttpResponse:
    before = reverse("privacy:breach_edit", args=[breach.pk, step - 1]) if breach and step > 1 else ""
    context: dict[str, Any] = {
        "form": form,
        "step": step,
        "steps": _steps(),
        "breach": breach,
        "back": before or reverse("privacy:breaches"),
    }
    return render_page(request, "privacy/breach_step.html", context, status=422 if form.errors else 200)


def _breach(request: HttpRequest, breach_id: int) -> Breach:
    found = queries.get_breach(workspace_of(request), breach_id)
    if found is None:
        raise Http404
    return found
