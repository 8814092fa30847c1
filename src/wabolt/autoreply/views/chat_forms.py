"""Pages of chat forms: the list, the builder with its preview, the trial, and the answers."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.autoreply import queries, services
from wabolt.autoreply.forms import ChatFormEditor
from wabolt.autoreply.models import ChatForm
from wabolt.autoreply.queries.chat_forms import answers_of, current_version, form_runs
from wabolt.autoreply.recipes import FORM_RECIPES, draft_of_recipe
from wabolt.autoreply.rules.asking import Question, read_questions
from wabolt.autoreply.rules.rehearsing import Line, rehearse
from wabolt.autoreply.services import form_texts as texts
from wabolt.channels.registry import as_lines
from wabolt.contacts.registry import read_calls
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import back_to, edits, render_page, requires, whole_number
from wabolt.messaging.models import Conversation
from wabolt.personalization import queries as rendering

RUNS_SHOWN = 30
MOST_SAID = 40
"""Messages of one trial."""
EXAMPLES = {
    "name": "Siti Rahmawati", "birthday": "17 agustus 95", "city": "bdg", "gender": "cewek", "number": "2",
    "email": "siti@example.com", "yes_no": "boleh kak", "date": "12 desember 2026", "address": "Jl. Dago 12, Bandung",
    "text": "Warna merah ya", "choice": "1",
}  # fmt: skip
"""The answer of the customer in the preview to each kind of question."""


@requires("viewer")
@require_GET
def form_list(request: HttpRequest) -> HttpResponse:
    """All chat forms, and recipes for new ones."""
    workspace = workspace_of(request)
    rows = list(queries.list_chat_forms(workspace))
    context = {"rows": rows, "recipes": FORM_RECIPES, "may_edit": _may_edit(request)}
    return render_page(request, "autoreply/form_list.html", context)


@requires("viewer")
@require_GET
def detail(request: HttpRequest, form_id: int) -> HttpResponse:
    """One chat form: its questions, a trial, and the newest answers."""
    workspace, form = workspace_of(request), _form(request, form_id)
    version = current_version(form)
    questions = read_questions(version.questions)
    said = [text[:1000] for text in request.GET.getlist("said")[:MOST_SAID] if text.strip()]
    if request.GET.get("restart"):
        said = []
    today = clock.now().astimezone(workspace.tz).date()
    lines = rehearse(questions, said, today)
    context = {
        "form": form,
        "said": said,
        "bubbles": _bubbles(workspace, lines, version.intro, version.thanks),
        "is_over": lines[-1].step in {"finished", "cancelled", "to_person"},
        "then": [call.sentence(workspace) for call in read_calls(version.then)],
        "runs": [(run, answers_of(run)) for run in form_runs(form)[:RUNS_SHOWN]],
        "price": queries.reply_price(workspace),
        "may_edit": _may_edit(request),
    }
    return render_page(request, "autoreply/form_detail.html", context)


@requires("manager")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The builder of a new form, empty or from a recipe."""
    workspace = workspace_of(request)
    draft = draft_of_recipe(workspace, request.GET.get("recipe", ""))
    editor = ChatFormEditor(workspace, request.POST if request.method == "POST" else None, draft=draft)
    if request.method == "POST" and (form := _saved(request, editor)):
        messages.success(request, _("“%(name)s” is ready. Try it here.") % {"name": form.name})
        return redirect("autoreply:form_detail", form.pk)
    return _builder(request, editor)


@requires("manager")
@edits(ChatForm, "form_id")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, form_id: int) -> HttpResponse:
    """The builder of a stored form."""
    form = _form(request, form_id)
    data = request.POST if request.method == "POST" else None
    editor = ChatFormEditor(workspace_of(request), data, form=form)
    if request.method == "POST" and _saved(request, editor):
        messages.success(request, _("Saved. People who are being asked now go on with the old questions."))
        return redirect("autoreply:form_detail", form.pk)
    return _builder(request, editor)


@requires("manager")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The phone with the chat as it is typed now. Nothing is stored."""
    editor = ChatFormEditor(workspace_of(request), request.POST)
    return render_page(request, "autoreply/parts/form_phone.html", {"bubbles": _example(editor)})


@requires("manager")
@require_POST
def change(request: HttpRequest, form_id: int) -> HttpResponse:
    """Switches a form on or off, or deletes it."""
    workspace, by, action = workspace_of(request), user_of(request), request.POST.get("action", "")
    form = _form(request, form_id)
    if action in {"on", "off"}:
        services.switch_chat_form(workspace=workspace, form_id=form.pk, on=action == "on", by=by)
    elif action == "delete":
        services.delete_chat_form(workspace=workspace, form_id=form.pk, by=by)
        messages.success(request, _("Deleted."))
        return redirect("autoreply:forms")
    else:
        messages.error(request, _("Choose what to do with the chat form."))
    return redirect("autoreply:form_detail", form.pk)


@requires("agent")
@require_POST
def start(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A member starts a chat form in a conversation."""
    workspace = workspace_of(request)
    known = Conversation.objects.filter(workspace=workspace, pk=conversation_id).select_related("channel")
    conversation = known.first()
    if conversation is None:
        raise Http404
    number, contact = whole_number(request.POST.get("form", "")) or 0, conversation.contact_id
    back = redirect(back_to(request, resolve_url("contacts:detail", contact)))
    form = queries.list_chat_forms(workspace).filter(pk=number).first()
    if form is None:
        messages.error(request, _("There is no such chat form."))
        return back
    left_out = services.start_chat_form(
        workspace=workspace, form=form, contact_ids=[contact], started_by=services.MEMBER, channel=conversation.channel
    )
    if left_out:
        messages.error(request, str(services.START_REASONS[left_out[contact]]))
    return back


def _saved(request: HttpRequest, editor: ChatFormEditor) -> ChatForm | None:
    """Stores the form. Puts a refusal next to its field and returns None."""
    if editor.is_edited or not editor.is_valid():
        return None
    workspace, by = workspace_of(request), user_of(request)
    try:
        if editor.form is None:
            return services.create_chat_form(workspace=workspace, draft=editor.draft(), by=by)
        return services.update_chat_form(workspace=workspace, form_id=editor.form.pk, draft=editor.draft(), by=by)
    except DomainError as error:
        editor.show(error)
        return None


def _builder(request: HttpRequest, editor: ChatFormEditor) -> HttpResponse:
    is_refused = request.method == "POST" and not editor.is_edited
    context = {
        "editor": editor,
        "form": editor.form,
        "head": editor.head,
        "bubbles": _example(editor),
        "variables": rendering.variables_of_any_message(editor.workspace),
    }
    return render_page(request, "autoreply/form_edit.html", context, status=422 if is_refused else 200)


def _example(editor: ChatFormEditor) -> list[tuple[str, str]]:
    """The chat of the preview: every question with an answer that fits."""
    intro, questions, thanks = editor.typed()
    if not questions:
        return []
    said = [EXAMPLES[question.kind] for question in questions]
    today = clock.now().astimezone(editor.workspace.tz).date()
    return _bubbles(editor.workspace, rehearse(questions, said, today), intro, thanks)


def _bubbles(workspace: Workspace, lines: Sequence[Line], intro: str, thanks: str) -> list[tuple[str, str]]:
    """(direction, text) of each message of a rehearsal, as the customer sees it."""
    found: list[tuple[str, str]] = []
    for place, line in enumerate(lines):
        if line.said:
            found.append(("in", line.said))
        elif line.step == "cancelled":
            found.append(("out", texts.cancelled_text(workspace)))
        elif line.step == "to_person":
            found.append(("out", texts.to_person_text(workspace)))
        elif line.step == "finished":
            found.append(("out", texts.rendered(workspace, thanks, None) or texts.thanks_text(workspace)))
        elif line.question is not None:
            parts = [_question_bubble(workspace, line.question)]
            if line.problem is not None:
                parts.insert(0, texts.again_text(workspace, line.question, line.problem))
            if place == 0:
                parts.insert(0, texts.rendered(workspace, intro, None))
            found.append(("out", "\n\n".join(filter(None, parts))))
    return found


def _question_bubble(workspace: Workspace, question: Question) -> str:
    titles = [choice.title for choice in texts.buttons_of(workspace, question)]
    return as_lines(texts.question_text(workspace, question, None), titles)


def _form(request: HttpRequest, form_id: int) -> ChatForm:
    try:
        return queries.get_chat_form(workspace_of(request), form_id)
    except ChatForm.DoesNotExist:
        raise Http404 from None


def _may_edit(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "manager")
