"""The answers of a rule on its page: each with a text, a file and a menu. It works without scripts."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries import list_rules
from wabolt.autoreply.services import AnswerDraft
from wabolt.autoreply.services.editing import MOST_ANSWERS
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.registry import AttachmentForm
from wabolt.ui.forms import show_refusal

_BLANK = re.compile(r"(?<!\S)…(?!\S)")
"""The part of a recipe that an owner completes. An ellipsis at the end of a word is no blank."""
ADD, REMOVE = "answer-add", "answer-remove"
"""Names of the buttons that change the list; the value of REMOVE is the number of an answer."""


class AnswerForm(AttachmentForm):
    """One answer. Its fields are posted as "answer_<n>", "file_<n>", "menu_<n>" ..."""

    conditional = ("answer",)  # the text may be empty only next to a file or a menu

    answer = forms.CharField(
        label=_("answer with"), required=False, max_length=4096,
        widget=forms.Textarea(attrs={"rows": 4, "data-tokens": ""}),
        help_text=_("The same variables as in a broadcast, such as the customer's name."),
    )  # fmt: skip
    menu = forms.MultipleChoiceField(
        label=_("Menu under this answer"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Buttons where the number has them, otherwise numbered lines. A choice gets that rule's answer."),
    )  # fmt: skip

    def __init__(self, number: int, *args: Any, names: Mapping[str, str], **kwargs: Any) -> None:
        self.number = number
        super().__init__(*args, **kwargs)
        self.fields["menu"].choices = list(names.items())  # type: ignore[attr-defined]
        if number > 1:
            self.fields["answer"].label, self.fields["answer"].help_text = _("or in turn with"), ""
            self.fields["menu"].help_text = self.fields["file"].help_text = ""
        if not names:
            del self.fields["menu"]

    def clean_answer(self) -> str:
        """Refuses a text of a recipe that the owner has not completed: customers would read its blank."""
        text: str = self.cleaned_data["answer"]
        if _BLANK.search(text):
            raise ValidationError(_("Write what belongs in place of “…”. Customers would read it like this."))
        return text

    def add_prefix(self, field_name: str) -> str:
        """The posted name of a field."""
        return f"{field_name}_{self.number}"


class AnswerForms:
    """The list of answers. A browser sends a chosen file once, so each request stores it at once.

    `is_edited`: a button that adds or removes an answer was pressed, so the page is shown again and nothing is saved.
    """

    def __init__(
        self, workspace: Workspace, data: Mapping[str, Any] | None = None,
        files: "MultiValueDict[str, Any] | None" = None, *, rule: ReplyRule | None = None,
        stored: Sequence[AnswerDraft] = (),
    ) -> None:  # fmt: skip
        self.workspace = workspace
        others = [other for other in list_rules(workspace) if rule is None or other.pk != rule.pk]
        self.names = {str(other.pk): other.name for other in others}
        self.is_edited = data is not None and (ADD in data or REMOVE in data)
        self.rows: list[AnswerForm] = []
        if data is None:
            for answer in stored or [AnswerDraft("")]:
                self._append(_values_of(answer), answer.media)
        else:
            for number in range(1, MOST_ANSWERS + 1):
                if f"answer_{number}" in data:
                    self._read(number, data, files or MultiValueDict())
            if self.is_edited:
                self._rearrange(data)

    @property
    def may_add(self) -> bool:
        """Whether there is room for one more answer."""
        return len(self.rows) < MOST_ANSWERS

    def is_valid(self) -> bool:
        """Whether all answers are valid by themselves."""
        return not any([row.errors for row in self.rows])  # noqa: C419 - every form shows its errors

    def drafts(self) -> list[AnswerDraft]:
        """The answers of a valid list. Empty ones are left out."""
        return [draft for row in self.rows if not _is_empty(draft := self._draft(row))]

    def show_typed(self) -> None:
        """Shows the typed answers without checks: a button elsewhere on the page was pressed."""
        if not self.is_edited:
            self._rearrange({})

    def show(self, error: DomainError) -> bool:
        """Puts a refusal of the service next to its field. Returns False if it concerns no answer."""
        name, _underscore, number = (error.field or "").rpartition("_")
        filled = [row for row in self.rows if not _is_empty(self._draft(row))] or self.rows
        if name not in AnswerForm.base_fields or not number.isdecimal() or not 1 <= int(number) <= len(filled):
            return False
        show_refusal(filled[int(number) - 1], DomainError(error.message, code=error.code, field=name))
        return True

    def _draft(self, row: AnswerForm) -> AnswerDraft:
        given = row.cleaned_data
        menu = [(self.names[key], int(key)) for key in given.get("menu", ())]
        return AnswerDraft(given.get("answer", "").strip(), row.attached, menu)

    def _read(self, number: int, data: Mapping[str, Any], files: "MultiValueDict[str, Any]") -> None:
        """Reads a posted answer and stores its file."""
        row = AnswerForm(number, data, files, names=self.names)
        row.attach(self.workspace)
        row.full_clean()
        self.rows.append(row)

    def _rearrange(self, data: Mapping[str, Any]) -> None:
        """Shows the typed answers again without checks, one less or one more."""
        typed = [
            ({name: row[name].value() for name in row.fields if name in {"answer", "menu"}}, row.attached)
            for row in self.rows
            if str(row.number) != str(data.get(REMOVE, ""))
        ]
        self.rows = []
        for values, media in typed:
            self._append(values, media)
        if (ADD in data and self.may_add) or not self.rows:
            self._append({}, None)

    def _append(self, values: Mapping[str, Any], media: MediaFile | None) -> None:
        row = AnswerForm(len(self.rows) + 1, initial=dict(values), names=self.names)
        row.attach(self.workspace, media)
        self.rows.append(row)


def _values_of(answer: AnswerDraft) -> dict[str, Any]:
    return {"answer": answer.text, "menu": [str(target) for _title, target in answer.choices]}


def _is_empty(answer: AnswerDraft) -> bool:
    return not (answer.text or answer.media or answer.choices)
