"""Creating, changing and deleting chat forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.autoreply.models import ChatForm, ChatFormVersion
from wabolt.autoreply.queries.chat_forms import FIELD, OWN, Target, targets, usual_fields
from wabolt.autoreply.rules.asking import Question
from wabolt.contacts.models import Field
from wabolt.contacts.registry import ActionCall, check_calls
from wabolt.contacts.services import create_field
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.messaging.models import Message
from wabolt.personalization import queries as rendering

MOST_FORMS = 50
MOST_QUESTIONS = 10
MOST_CHOICES = 20
LONGEST_CHOICE = 40
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as a member wrote it. `key`: of the stored question that it changes, "" for a new one. `target`: a key
    of `queries.chat_forms.targets`. `choices`: only for targets that take some."""

    target: str
    text: str
    key: str = ""
    choices: Sequence[str] = ()
    several: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ChatFormDraft:
    """A chat form as a member wrote it. `intro` and `thanks` are Liquid texts and may be empty."""

    name: str
    questions: Sequence[QuestionDraft]
    intro: str = ""
    thanks: str = ""
    then: Sequence[ActionCall] = ()


@transaction.atomic
def create_chat_form(*, workspace: Workspace, draft: ChatFormDraft, by: User | None = None) -> ChatForm:
    """Stores a form and its first version.

    Raises DomainError: `no_name`, `no_questions`, `too_many`, as `check_calls`, and with the field "question_<n>" (n
    from 1): `no_text`, `bad_target`, `bad_choices`, or a code of `validate_text`.
    """
    if ChatForm.objects.filter(workspace=workspace, deleted_at=None).count() >= MOST_FORMS:
        raise DomainError(_("A shop can have 50 chat forms."), code="too_many")
    form = ChatForm(workspace=workspace, name=_name(draft.name))
    form.save()
    _add_version(form, draft)
    record_audit(workspace=workspace, actor=by, action="autoreply.create_form", target=("chat_form", form.pk))
    return form


@transaction.atomic
def update_chat_form(*, workspace: Workspace, form_id: int, draft: ChatFormDraft, by: User | None = None) -> ChatForm:
    """Changes a form: new conversations get a new version, people inside go on with theirs. Raises
    ChatForm.DoesNotExist and as `create_chat_form`."""
    form = ChatForm.objects.select_for_update(no_key=True).get(workspace=workspace, pk=form_id, deleted_at=None)
    form.name = _name(draft.name)
    form.save(update_fields=["name"])
    _add_version(form, draft)
    record_audit(workspace=workspace, actor=by, action="autoreply.update_form", target=("chat_form", form.pk))
    return form


@transaction.atomic
def switch_chat_form(*, workspace: Workspace, form_id: int, on: bool, by: User | None = None) -> None:
    """Lets the form be started, or not. People inside go on. Raises ChatForm.DoesNotExist."""
    form = ChatForm.objects.get(workspace=workspace, pk=form_id, deleted_at=None)
    form.is_on = on
    form.save(update_fields=["is_on"])
    action = "autoreply.switch_form_on" if on else "autoreply.switch_form_off"
    record_audit(workspace=workspace, actor=by, action=action, target=("chat_form", form.pk))


@transaction.atomic
def delete_chat_form(*, workspace: Workspace, form_id: int, by: User | None = None) -> None:
    """Takes a form out of use. Its answers stay; people inside go on. Raises ChatForm.DoesNotExist."""
    form = ChatForm.objects.get(workspace=workspace, pk=form_id, deleted_at=None)
    form.deleted_at = clock.now()
    form.save(update_fields=["deleted_at"])
    record_audit(workspace=workspace, actor=by, action="autoreply.delete_form", target=("chat_form", form.pk))


def _name(text: str) -> str:
    name = clean(storable(text))
    if not 1 <= len(name) <= 60:
        raise DomainError(_("A name has 1 to 60 characters."), code="no_name", field="name")
    return name


def _add_version(form: ChatForm, draft: ChatFormDraft) -> None:
    workspace = form.workspace
    texts = {"intro": _text(workspace, draft.intro, "intro"), "thanks": _text(workspace, draft.thanks, "thanks")}
    questions = _questions(workspace, draft.questions)
    then = [call.stored() for call in check_calls(workspace, draft.then)]
    stored = [question.stored() for question in questions]
    last = form.versions.filter(number=form.version).first()
    if last is not None and (last.questions, last.then, last.intro, last.thanks) == (
        stored, then, texts["intro"], texts["thanks"],
    ):  # fmt: skip
        return
    _ensure_fields(workspace, questions)
    form.version += 1
    form.save(update_fields=["version"])
    ChatFormVersion.objects.create(form=form, number=form.version, questions=stored, then=then, **texts)


def _text(workspace: Workspace, text: str, field: str) -> str:
    text = rendering.plain_newlines(storable(text)).strip()
    if len(text) > LONGEST_TEXT:
        raise DomainError(_("At most 1,000 characters."), code="text_too_long", field=field)
    if text:
        try:
            rendering.validate_text(workspace, text, Message.Purpose.SERVICE)
        except DomainError as error:
            raise DomainError(error.message, code=error.code, field=field, **error.params) from error
    return text


def _questions(workspace: Workspace, drafts: Sequence[QuestionDraft]) -> list[Question]:
    if not drafts:
        raise DomainError(_("Ask at least one question."), code="no_questions", field="questions")
    if len(drafts) > MOST_QUESTIONS:
        raise DomainError(_("A chat form has at most ten questions."), code="too_many", field="questions")
    known = targets(workspace)
    used = {draft.key for draft in drafts}
    free = (f"q{number}" for number in range(1, 1000) if f"q{number}" not in used)
    found: list[Question] = []
    for number, draft in enumerate(drafts, start=1):
        key = draft.key if draft.key and draft.key not in {question.key for question in found} else next(free)
        question = _question(workspace, known, replace(draft, key=key), f"question_{number}")
        if question.target and question.target in {other.target for other in found}:
            raise DomainError(_("This is asked already."), code="bad_target", field=f"question_{number}")
        found.append(question)
    return found


def _question(workspace: Workspace, known: Mapping[str, Target], draft: QuestionDraft, field: str) -> Question:
    target = known.get(draft.target)
    if target is None:
        raise DomainError(_("Choose what the answer fills."), code="bad_target", field=field)
    text = _text(workspace, draft.text, field)
    if not text:
        raise DomainError(_("Write the question."), code="no_text", field=field)
    given = dict.fromkeys(choice for choice in map(clean, map(storable, draft.choices)) if choice)
    choices = target.choices or (tuple(given) if target.takes_choices else ())
    kind = "choice" if choices else target.kind
    if kind == "choice" and len(choices) < 2:
        raise DomainError(_("Give at least two choices."), code="bad_choices", field=field)
    if len(choices) > MOST_CHOICES or any(len(choice) > LONGEST_CHOICE for choice in given):
        raise DomainError(_("At most 20 choices of 40 characters."), code="bad_choices", field=field)
    stored_target = "" if target.key.startswith(OWN) else target.key
    several = draft.several and kind == "choice" and not target.choices
    return Question(draft.key, stored_target, kind, text, choices, several, draft.optional)


def _ensure_fields(workspace: Workspace, questions: Sequence[Question]) -> None:
    """Creates the usual custom fields that a question fills and that the shop does not have yet."""
    wanted = {question.target.removeprefix(FIELD) for question in questions if question.target.startswith(FIELD)}
    present = set(Field.objects.filter(workspace=workspace).values_list("key", flat=True))
    with override(workspace.language):
        labels = usual_fields()
    for key in sorted(wanted & labels.keys() - present):
        create_field(workspace=workspace, label=labels[key], kind=Field.Kind.TEXT, key=key)
