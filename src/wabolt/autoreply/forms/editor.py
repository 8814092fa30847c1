"""The form of a chat form: its texts, a list of questions and the actions at the end. It works without scripts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ChatForm
from wabolt.autoreply.queries.chat_forms import OWN, current_version, targets
from wabolt.autoreply.recipes import OFFER_LIST
from wabolt.autoreply.rules.asking import Question, read_questions
from wabolt.autoreply.services import ChatFormDraft, QuestionDraft
from wabolt.autoreply.services.chat_forms import MOST_QUESTIONS
from wabolt.contacts.registry import ActionForms, read_calls
from wabolt.lib.errors import DomainError
from wabolt.ui.forms import show_refusal
from wabolt.ui.versions import Versioned

_SEPARATORS = re.compile(r"[,;\n]")
_QUESTION = re.compile(r"question_([0-9]+)")
_MOVES = {"up": -1, "down": 1}


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _text_area(rows: int) -> forms.Textarea:
    """For a text with variables, which the composer shows as words."""
    return forms.Textarea(attrs={"rows": rows, "data-tokens": ""})


class HeadForm(Versioned):
    """The name and the texts of a chat form."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"questions": _("Questions"), "then": _("At the end")}

    name = forms.CharField(label=_("Name in your list"), max_length=60)
    intro = forms.CharField(
        label=_("First, we say"), required=False, max_length=1000, widget=_text_area(2),
        help_text=_("Goes out together with the first question."),
    )  # fmt: skip
    thanks = forms.CharField(
        label=_("At the end, we say"), required=False, max_length=1000, widget=_text_area(2),
        help_text=_("Empty: a short thank-you."),
    )  # fmt: skip


class QuestionForm(forms.Form):
    """One question."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    text = forms.CharField(label=_("Question"), max_length=1000, widget=_text_area(2))
    target = forms.ChoiceField(label=_("The answer fills"))
    choices = forms.CharField(
        label=_("Choices"), required=False, max_length=1000, widget=_area(2),
        help_text=_("Separate them by commas: S, M, L. Customers answer with the number or the word."),
    )  # fmt: skip
    several = forms.BooleanField(label=_("More than one choice is fine"), required=False)
    optional = forms.BooleanField(label=_("May be skipped"), required=False)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question of the list, with its number from 1. `takes_choices`: whether the fields for choices are shown."""

    number: int
    form: QuestionForm
    takes_choices: bool


class ChatFormEditor:
    """The whole form.

    Posted buttons change the list: `add` adds a question, `drop`, `up` and `down` with a number from 1 remove or move
    one. `is_edited`: such a button was pressed, so the page is shown again and nothing is saved.
    """

    def __init__(
        self, workspace: Workspace, data: QueryDict | None = None, *, form: ChatForm | None = None,
        draft: ChatFormDraft | None = None,
    ) -> None:  # fmt: skip
        self.workspace, self.form = workspace, form
        self.targets = targets(workspace)
        stored = _stored_draft(form) if form is not None else draft or ChatFormDraft("", [QuestionDraft("name", "")])
        self.then = ActionForms(workspace, data, list(stored.then))
        moved = data is not None and any(button in data for button in ("add", "drop", *_MOVES))
        self.is_edited = moved or self.then.is_edited
        checks = data is not None and not self.is_edited
        self.head = self._head(data, stored, checks)
        shown = stored.questions if data is None else _rearranged(data, _posted_questions(data))
        self.rows = [self._row(number, draft, checks) for number, draft in enumerate(shown[:MOST_QUESTIONS], 1)]
        self.may_add = len(self.rows) < MOST_QUESTIONS

    @property
    def may_ask_permission(self) -> bool:
        """Whether the form could ask for permission to send promotions and does not."""
        is_possible = any(action.key == OFFER_LIST for action in self.then.possible)
        return is_possible and all(row.action.key != OFFER_LIST for row in self.then.rows)

    def is_valid(self) -> bool:
        """Whether all fields are valid by themselves."""
        parts = [self.head.is_valid(), *(row.form.is_valid() for row in self.rows), self.then.is_valid()]
        return all(parts)

    def draft(self) -> ChatFormDraft:
        """The chat form of a valid form."""
        given = self.head.cleaned_data
        questions = [_question_of(row.form.cleaned_data) for row in self.rows]
        return ChatFormDraft(given["name"], questions, given["intro"], given["thanks"], self.then.calls())

    def show(self, error: DomainError) -> None:
        """Puts a refusal of the service next to its field."""
        found = _QUESTION.fullmatch(error.field or "")
        if found is None:
            show_refusal(self.head, error)
            return
        fields = {"bad_target": "target", "bad_choices": "choices"}
        self.rows[int(found[1]) - 1].form.add_error(fields.get(error.code, "text"), str(error))

    def typed(self) -> tuple[str, list[Question], str]:
        """The intro, the questions and the thanks as they are typed now, for the preview."""
        questions = []
        for row in self.rows:
            value = {bound.name: bound.value() for bound in row.form}
            target = self.targets.get(str(value["target"] or ""))
            if target is not None and value["text"]:
                typed = [part.strip() for part in _SEPARATORS.split(str(value["choices"] or "")) if part.strip()]
                choices = target.choices or (tuple(typed) if target.takes_choices else ())
                kind = "choice" if choices else target.kind
                questions.append(
                    Question(str(row.number), "", kind, str(value["text"]), choices, bool(value["several"]),
                             bool(value["optional"]))
                )  # fmt: skip
        return str(self.head["intro"].value() or ""), questions, str(self.head["thanks"].value() or "")

    def _head(self, data: QueryDict | None, stored: ChatFormDraft, checks: bool) -> HeadForm:
        initial: dict[str, Any] = {"name": stored.name, "intro": stored.intro, "thanks": stored.thanks}
        if self.form is not None:
            version = current_version(self.form)
            initial |= {"questions": version.questions, "then": version.then}
        if data is not None and not checks:
            initial |= {name: data.get(name, "") for name in ("name", "intro", "thanks", "version")}
        head = HeadForm(data if checks else None, initial=initial)
        head.edits = self.form is not None
        return head

    def _row(self, number: int, draft: QuestionDraft, checks: bool) -> QuestionRow:
        values: dict[str, Any] = {
            "key": draft.key, "text": draft.text, "target": draft.target, "choices": ", ".join(draft.choices),
            "several": draft.several, "optional": draft.optional,
        }  # fmt: skip
        prefix = f"q-{number}"
        bound = {f"{prefix}-{name}": value for name, value in values.items()} if checks else None
        form = QuestionForm(bound, initial=None if checks else values, prefix=prefix)
        form.fields["target"].choices = [(key, target.label) for key, target in self.targets.items()]  # type: ignore[attr-defined]
        target = self.targets.get(draft.target)
        return QuestionRow(number, form, target is not None and target.takes_choices)


def _stored_draft(form: ChatForm) -> ChatFormDraft:
    version = current_version(form)
    questions = [
        QuestionDraft(
            one.target or f"{OWN}{one.kind}", one.text, one.key, one.choices, one.several, one.optional
        )
        for one in read_questions(version.questions)
    ]  # fmt: skip
    return ChatFormDraft(form.name, questions, version.intro, version.thanks, read_calls(version.then))


def _question_of(values: Mapping[str, Any]) -> QuestionDraft:
    return QuestionDraft(
        values["target"], values["text"], values["key"], _SEPARATORS.split(values["choices"]), values["several"],
        values["optional"],
    )  # fmt: skip


def _posted_questions(data: QueryDict) -> list[QuestionDraft]:
    found = []
    for number in range(1, MOST_QUESTIONS + 2):
        if f"q-{number}-target" in data:
            value = {name: data.get(f"q-{number}-{name}", "") for name in QuestionForm.base_fields}
            choices = [part.strip() for part in _SEPARATORS.split(value["choices"])]
            found.append(
                QuestionDraft(
                    value["target"], value["text"], value["key"], choices, bool(value["several"]),
                    bool(value["optional"]),
                )
            )  # fmt: skip
    return found


def _rearranged(data: QueryDict, questions: list[QuestionDraft]) -> Sequence[QuestionDraft]:
    if "add" in data and len(questions) < MOST_QUESTIONS:
        return [*questions, QuestionDraft(f"{OWN}text", "")]
    for button, way in (("drop", 0), *_MOVES.items()):
        place = data.get(button, "")
        at = int(place) - 1 if place.isascii() and place.isdecimal() and len(place) < 4 else -1
        if not 0 <= at < len(questions):
            continue
        question = questions.pop(at)
        if button != "drop":
            questions.insert(max(0, at + way), question)
    return questions
