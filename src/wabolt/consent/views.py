"""Pages of consent: the proof of a contact, consent and withdrawal by a member, keywords, wordings."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.consent import queries, services, words
from wabolt.consent.forms import GrantForm, WithdrawForm, WordForm, WordingForm
from wabolt.consent.models import Keyword, Purpose
from wabolt.consent.registry import evidence_names
from wabolt.consent.services.wordings import MAX_LENGTH
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.ui.forms import show_refusal

ENTRIES_A_PAGE = 100


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    """Returns the contact, also an erased one: its proof stays available."""
    return get_object_or_404(Contact, workspace=workspace_of(request), pk=contact_id)


def _living_contact(request: HttpRequest, contact_id: int) -> Contact:
    return get_object_or_404(Contact, workspace=workspace_of(request), pk=contact_id, erased_at=None)


@requires("viewer")
@require_GET
def proof(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Shows all ledger entries of a contact, ready to print."""
    contact = _contact(request, contact_id)
    page = Paginator(queries.ledger(workspace_of(request), contact), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    language = get_language() or "id"
    names = evidence_names(workspace_of(request).pk, [entry.evidence for entry in page])
    entries = [
        {
            "entry": entry,
            "source": words.source_word(entry.source),
            "evidence": words.evidence_words(entry.evidence, language, names),
        }
        for entry in page
    ]
    context = {
        "contact": contact,
        "phone": None if contact.erased_at else phone_of(contact),
        "entries": entries,
        "page": page,
        "statuses": _statuses(workspace_of(request), contact),
        "printed_at": clock.now(),
    }
    return render_page(request, "consent/proof.html", context)


def _statuses(workspace: Workspace, contact: Contact) -> list[tuple[str, queries.ConsentStatus]]:
    return [(str(Purpose(purpose).label), queries.consent_of(workspace, contact.pk, purpose)) for purpose in Purpose]


@requires("agent")
def grant(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Records a consent that a member heard."""
    contact = _living_contact(request, contact_id)
    today = clock.now().astimezone(workspace_of(request).tz).date()
    form = GrantForm(request.POST if request.method == "POST" else None, name=contact.name, today=today)
    stopped = queries.consent_of(workspace_of(request), contact.pk)
    blocked = stopped.stopped
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        outcome = services.grant(
            workspace=workspace_of(request),
            contact_ids=[contact.pk],
            statement=services.ConsentStatement(purpose, "member", evidence=form.evidence(), actor=user_of(request)),
        )
        if outcome.recorded:
            messages.success(request, _("The permission is recorded."))
            return redirect("contacts:detail", contact.pk)
        form.add_error(None, _("This person has stopped. Only their own new yes brings them back."))
    context = {"contact": contact, "form": form, "blocked": blocked, "start_word": _a_start_word(workspace_of(request))}
    return render_page(request, "consent/grant.html", context, status=422 if form.errors else 200)


def _a_start_word(workspace: Workspace) -> str:
    word = queries.keywords(workspace, Keyword.Action.START).order_by("id").first()
    return word.word if word else ""


@requires("agent")
@require_POST
def settle_doubt(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Records whether a message was meant as a stop (`stop=yes`) or not (`stop=no`)."""
    contact = _living_contact(request, contact_id)
    is_stop = request.POST.get("stop") == "yes"
    settled = services.settle_doubt(
        workspace=workspace_of(request), contact_id=contact.pk, is_stop=is_stop, actor=user_of(request)
    )
    if settled:
        messages.success(request, _("This person gets no more promotions.") if is_stop else _("Promotions continue."))
    return redirect(f"{reverse('contacts:detail', args=[contact.pk])}?tab=conversation")


@requires("agent")
def withdraw(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Records a withdrawal that a member heard."""
    contact = _living_contact(request, contact_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None, name=contact.name)
    if request.method == "POST" and form.is_valid():
        services.withdraw(
            workspace=workspace_of(request),
            contact_ids=[contact.pk],
            statement=services.ConsentStatement(
                form.cleaned_data["purpose"], "member", evidence=form.evidence(), actor=user_of(request)
            ),
        )
        messages.success(request, _("Recorded. Waiting promotions to this person are cancelled."))
        return redirect("contacts:detail", contact.pk)
    context = {"contact": contact, "form": form}
    return render_page(request, "consent/withdraw.html", context, status=422 if form.errors else 200)


@requires("manager")
def keywords(request: HttpRequest) -> HttpResponse:
    """Shows the keywords, adds one, and evaluates a text that a member tries."""
    forms = {action: WordForm(prefix=action) for action in Keyword.Action.values}
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action not in forms:
            return redirect("consent:keywords")
        form = forms[action] = WordForm(request.POST, prefix=action)
        if form.is_valid() and _add_word(request, action, form):
            return redirect("consent:keywords")
        status = 422
    words_of: dict[str, list[Keyword]] = {action: [] for action in forms}
    for word in queries.keywords(workspace_of(request)):
        words_of[word.action].append(word)
    tried = request.GET.get("try", "")[:500]
    context = {
        "groups": [(action, words_of[action], forms[action]) for action in forms],
        "tried": tried,
        "meaning": queries.match_keyword(workspace_of(request), tried) if tried else None,
    }
    return render_page(request, "consent/keywords.html", context, status=status)


def _add_word(request: HttpRequest, action: str, form: WordForm) -> bool:
    try:
        word = services.add_keyword(workspace=workspace_of(request), action=action, word=form.cleaned_data["word"])
    except DomainError as error:
        show_refusal(form, error)
        return False
    messages.success(request, _("“%(word)s” is added.") % {"word": word.word})
    return True


@requires("manager")
@require_POST
def remove_keyword(request: HttpRequest, keyword_id: int) -> HttpResponse:
    """Removes a keyword. STOP and the last start word cannot be removed."""
    word = get_object_or_404(Keyword, workspace=workspace_of(request), pk=keyword_id)
    try:
        services.remove_keyword(workspace=workspace_of(request), keyword=word)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("“%(word)s” is removed.") % {"word": word.word})
    return redirect("consent:keywords")


@requires("manager")
def wordings(request: HttpRequest) -> HttpResponse:
    """Shows all versions of the wordings, and adds a version."""
    workspace = workspace_of(request)
    current = queries.current_wording(workspace)
    form = WordingForm(
        request.POST if request.method == "POST" else None,
        initial={"text": current.text if current else ""},
        workspace=workspace,
    )
    if request.method == "POST" and form.is_valid():
        try:
            wording = services.add_wording(workspace=workspace, language=workspace.language, **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request, _("From now on people agree to version %(version)s.") % {"version": wording.version}
            )
            return redirect("consent:wordings")
    context = {
        "form": form,
        "check": form.wording_check,
        "is_accepted": form.is_accepted,
        "versions": queries.wordings(workspace),
    }
    return render_page(request, "consent/wordings.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def check_wording(request: HttpRequest) -> HttpResponse:
    """Shows the ticks of a text about promotions while a member writes it.

    `text`: a new text of the shop. `wording`: the text of one way in; without one it has the text of the shop.
    """
    workspace = workspace_of(request)
    text = request.POST.get("text")
    if text is None:
        usual = queries.current_wording(workspace)
        text = request.POST.get("wording", "").strip() or (usual.text if usual else "")
    context = {"check": queries.check_wording(workspace, text[:MAX_LENGTH])}
    return render(request, "consent/parts/clarity.html", context)
