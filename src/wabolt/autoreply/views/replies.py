"""Pages of rules, of their trial, of the settings and of messages without an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, opening_hours, user_of, workspace_of
from wabolt.autoreply import queries, services
from wabolt.autoreply.forms import AnswerForms, RuleForm, SettingsForm, TryForm
from wabolt.autoreply.models import ReplyAnswer, ReplyRule
from wabolt.autoreply.queries.answering import choices_of
from wabolt.autoreply.queries.rule_books import rule_book
from wabolt.autoreply.recipes import RECIPES, Recipe
from wabolt.autoreply.services import AnswerDraft
from wabolt.autoreply.services.editing import draft_of
from wabolt.autoreply.views.bubbles import bubbles_of
from wabolt.autoreply.words import condition_words, warning_words
from wabolt.channels.queries import channels
from wabolt.channels.registry import as_lines
from wabolt.contacts.registry import ActionCall, ActionForms, read_calls
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import accepts_body, back_to, edits, render_page, requires, whole_number
from wabolt.media.queries import media_file, shown_media
from wabolt.messaging.models import Conversation, Message
from wabolt.personalization import queries as rendering
from wabolt.ui.bubbles import Attachment
from wabolt.ui.forms import show_refusal
from wabolt.ui.navigation import tabs_of

MOST_COUNTED = 99
GROUPS_SHOWN = 50


@requires("viewer")
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules in their order, with warnings, and the recipes that the shop has no rule for."""
    workspace = workspace_of(request)
    problems = queries.warnings_of(workspace)
    rules = list(queries.list_rules(workspace))
    names = {rule.pk: rule.name for rule in rules}
    context = {
        "rows": [(rule, condition_words(rule), _first_answer(rule),
                  [call.sentence(workspace) for call in read_calls(rule.then)],
                  warning_words(problems[rule.pk], names) if rule.pk in problems else "") for rule in rules],
        "recipes": _unused_recipes(rules),
        "unanswered": queries.count_unanswered(workspace, MOST_COUNTED),
        "settings": queries.settings_of(workspace),
        "may_edit": _may_edit(request),
        "tabs": tabs_of("automation"),
    }  # fmt: skip
    return render_page(request, "autoreply/list.html", context)


def _unused_recipes(rules: Sequence[ReplyRule]) -> list[Recipe]:
    """The recipes of whose words no rule has one."""
    taken = {phrase.lower() for rule in rules for phrase in rule.phrases}
    return [one for one in RECIPES if taken.isdisjoint(word.strip().lower() for word in str(one.words).split(","))]


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form for a new rule: empty, from a recipe, or from a message that no rule answered."""
    recipe = next((known for known in RECIPES if known.key == request.GET.get("recipe")), None)
    initial: dict[str, Any] = {"phrases": request.GET.get("phrase", "")[:60]}
    if recipe is not None:
        initial = {"phrases": str(recipe.words), "answer": str(recipe.text), "name": str(recipe.label)}
    settles = request.POST.get("settles", request.GET.get("settles", ""))
    page, rule = _handled(request, None, initial)
    if rule is not None:
        services.settle_unanswered(workspace=workspace_of(request), ids=_ids(settles))
        messages.success(request, _("“%(name)s” answers from now on. Try it here.") % {"name": rule.name})
        return redirect("autoreply:try")
    price = queries.reply_price(workspace_of(request))
    context = {**_parts(page, workspace_of(request)), "settles": settles, "price": price}
    return render_page(request, "autoreply/edit.html", context, status=422 if page.is_refused else 200)


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The form of a stored rule."""
    rule = _rule(request, rule_id)
    page, saved = _handled(request, rule, {})
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("autoreply:list")
    context = {**_parts(page, workspace_of(request)), "rule": rule, "price": queries.reply_price(workspace_of(request))}
    return render_page(request, "autoreply/edit.html", context, status=422 if page.is_refused else 200)


@requires("manager")
@require_POST
def change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switches a rule on or off, moves it, or deletes it."""
    workspace, by, action = workspace_of(request), user_of(request), request.POST.get("action", "")
    _rule(request, rule_id)
    try:
        if action in {"on", "off"}:
            services.switch_rule(workspace=workspace, rule_id=rule_id, on=action == "on", by=by)
        elif action in {"up", "down"}:
            services.move_rule(workspace=workspace, rule_id=rule_id, up=action == "up")
        elif action == "delete":
            services.delete_rule(workspace=workspace, rule_id=rule_id, by=by)
            messages.success(request, _("Deleted."))
        else:
            messages.error(request, _("Choose what to do with the rule."))
    except ReplyRule.DoesNotExist:
        raise Http404 from None
    return redirect("autoreply:list")


@requires("viewer")
@require_GET
def try_out(request: HttpRequest) -> HttpResponse:
    """Says what would be answered to a text, and why."""
    workspace = workspace_of(request)
    form = TryForm(workspace, request.GET if "text" in request.GET else None)
    trial = None
    if form.is_bound and form.is_valid():
        channel = form.cleaned_data.get("channel") or channels(workspace).first()
        channel_id = channel.pk if channel else 0
        trial = queries.try_text(workspace, form.cleaned_data["text"], channel_id=channel_id)
    answer = trial.rule.answers.first() if trial and trial.rule else None
    context = {
        "form": form,
        "trial": trial,
        "answer": answer,
        "shown": _as_sent(answer) if answer else "",
        "file": _file_of(answer) if answer else None,
        "is_open": opening_hours(workspace).is_open(clock.now()),
        "settings": queries.settings_of(workspace),
        "price": queries.reply_price(workspace),
    }
    return render_page(request, "autoreply/try.html", context)


@requires("viewer")
@require_http_methods(["GET", "POST"])
def unanswered(request: HttpRequest) -> HttpResponseBase:
    """The messages that no rule answered, in groups. A POST hides a group or adds its words to a rule."""
    workspace = workspace_of(request)
    if request.method == "POST":
        return _settle(request)
    context = {
        "groups": queries.unanswered_groups(workspace)[:GROUPS_SHOWN],
        "rules": queries.list_rules(workspace),
        "may_edit": _may_edit(request),
    }
    return render_page(request, "autoreply/unanswered.html", context)


@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """The settings of automatic replies."""
    workspace = workspace_of(request)
    stored = queries.settings_of(workspace)
    initial = {name: getattr(stored, name) for name in ("is_on", "silence_minutes", "away_text", "handover_text")}
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.save_settings(workspace=workspace, draft=form.draft(), by=user_of(request))
        messages.success(request, _("Saved."))
        return redirect("autoreply:list")
    return render_page(request, "autoreply/settings.html", {"form": form}, status=422 if form.errors else 200)


@requires("agent")
@require_POST
def mode(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Takes a conversation over, or hands it back to automatic replies."""
    conversation = Conversation.objects.filter(workspace=workspace_of(request), pk=conversation_id).first()
    if conversation is None:
        raise Http404
    if request.POST.get("mode") == "hand_back":
        services.hand_back(conversation=conversation, by=user_of(request))
    else:
        services.take_over(conversation=conversation, by=user_of(request))
    return redirect(back_to(request, resolve_url("contacts:detail", conversation.contact_id)))


@requires("manager")
def _settle(request: HttpRequest) -> HttpResponseBase:
    workspace, ids = workspace_of(request), _ids(request.POST.get("settles", ""))
    rule_id = whole_number(request.POST.get("rule", ""))
    if rule_id:
        rule = _rule(request, rule_id)
        try:
            services.add_phrase(
                workspace=workspace, rule=rule, phrase=request.POST.get("phrase", ""), ids=ids, by=user_of(request)
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("“%(name)s” knows these words now.") % {"name": rule.name})
    else:
        services.settle_unanswered(workspace=workspace, ids=ids)
        messages.success(request, _("Taken off the list."))
    return redirect("autoreply:unanswered")


@dataclass(slots=True)
class _RulePage:
    """The parts of the form of a rule: its words and conditions, its answers and its actions."""

    form: RuleForm
    answers: AnswerForms
    actions: ActionForms

    @property
    def is_refused(self) -> bool:
        """Whether a part has an error."""
        rows = [*self.answers.rows, *(row.form for row in self.actions.rows)]
        return bool(self.form.errors) or any(row.errors for row in rows)


def _handled(
    request: HttpRequest, rule: ReplyRule | None, initial: dict[str, Any]
) -> tuple[_RulePage, ReplyRule | None]:
    """The form, and the rule if it was saved. A button that only changes the list of answers or actions shows the form
    again without checks."""
    workspace = workspace_of(request)
    if request.method != "POST":
        starts = [ActionCall(services.START_FORM, {"form": chosen})] if (chosen := request.GET.get("form")) else []
        then = read_calls(rule.then) if rule is not None else starts
        drafts = draft_of(rule).answers if rule is not None else [AnswerDraft(initial.pop("answer", ""))]
        answers = AnswerForms(workspace, rule=rule, stored=drafts)
        form = RuleForm(workspace, rule=rule, initial=initial)
        return _RulePage(form, answers, ActionForms(workspace, stored=then)), None
    answers = AnswerForms(workspace, request.POST, request.FILES, rule=rule)
    actions = ActionForms(workspace, request.POST, is_edited=answers.is_edited)
    form = RuleForm(workspace, request.POST, rule=rule)
    page = _RulePage(form, answers, actions)
    if actions.is_edited:
        page.form = RuleForm(workspace, rule=rule, initial=form.typed())
        answers.show_typed()
        return page, None
    if form.is_valid() & answers.is_valid() & actions.is_valid():
        return page, _saved(request, page, rule)
    return page, None


def _parts(page: _RulePage, workspace: Workspace) -> dict[str, Any]:
    parts = {"form": page.form, "answers": page.answers, "actions": page.actions}
    shown = {"variables": rendering.variables_of_any_message(workspace), "bubbles": bubbles_of(workspace, page.answers)}
    return parts | shown


def _saved(request: HttpRequest, page: _RulePage, rule: ReplyRule | None) -> ReplyRule | None:
    """Stores the rule. Puts a refusal next to its field and returns None."""
    workspace, by = workspace_of(request), user_of(request)
    try:
        draft = page.form.draft(page.answers.drafts(), page.actions.calls())
        if rule is None:
            return services.create_rule(workspace=workspace, draft=draft, by=by)
        return services.update_rule(workspace=workspace, rule_id=rule.pk, draft=draft, by=by)
    except DomainError as error:
        if not page.answers.show(error):
            show_refusal(page.form, error)
        return None


def _first_answer(rule: ReplyRule) -> str:
    """The beginning of the first answer."""
    answer = next(iter(rule.answers.all()), None)
    return Truncator(rendering.readable(answer.text)).chars(90) if answer else ""


def _as_sent(answer: ReplyAnswer) -> str:
    """The text of an answer with an example name and its menu; as it was written if it has a variable that is gone."""
    workspace = answer.rule.workspace
    try:
        text = rendering.preview(workspace, answer.content.text, None, purpose=Message.Purpose.SERVICE)
    except DomainError:
        text = answer.content.text
    book = rule_book(workspace.pk, queries.settings_of(workspace).version)
    return as_lines(text, [choice.title for choice in choices_of(answer, book)])


def _file_of(answer: ReplyAnswer) -> Attachment | None:
    media_id = answer.content.media_id
    return shown_media(media_file(answer.rule.workspace, media_id)) if media_id else None


def _rule(request: HttpRequest, rule_id: int) -> ReplyRule:
    try:
        return queries.get_rule(workspace_of(request), rule_id)
    except ReplyRule.DoesNotExist:
        raise Http404 from None


def _ids(text: str) -> list[int]:
    return [number for part in text.split(",")[:1000] if (number := whole_number(part)) is not None]


def _may_edit(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "manager")
