"""Forms of opt-in: the placement of a code, and the public form. `builder` has the form of the settings."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.contacts.models import Contact
from wabolt.lib.text import storable
from wabolt.optin.models import EntryPoint, Placement
from wabolt.optin.questions import asked_questions, input_for, stored_answer
from wabolt.optin.services import Submission
from wabolt.ui.versions import Versioned

_ANSWER = "answer_"


def area(rows: int) -> forms.Textarea:
    """The widget of a text with this number of rows."""
    return forms.Textarea(attrs={"rows": rows})


class PlacementForm(forms.Form):
    """A new placement."""

    medium = forms.ChoiceField(label=_("Where is it shown?"), choices=Placement.Medium.choices)
    branch = forms.CharField(label=_("Branch"), max_length=80, required=False)
    staff = forms.CharField(label=_("Member of staff"), max_length=80, required=False)


class EmbeddingForm(Versioned):
    """The websites that may show a page in a frame."""

    embedding = forms.ChoiceField(
        label=_("Where may it be shown?"), choices=EntryPoint.Embedding.choices, widget=forms.RadioSelect
    )
    sites = forms.CharField(
        label=_("Websites, one per line"), required=False, max_length=4000, widget=area(3),
        help_text=_("For “On these websites”. For example https://toko.id."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, point: EntryPoint) -> None:
        sites = "\n".join(point.embedding_sites)
        super().__init__(data, initial={"embedding": point.embedding, "sites": sites})


class AfterwardsForm(Versioned):
    """The version of the actions after joining; the actions are in an `ActionForms`."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"then": _("After joining")}


class JoinForm(forms.Form):
    """The public form of an entry point: its questions, and one unticked box for each text."""

    marketing = forms.BooleanField(required=False)
    service = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, point: EntryPoint) -> None:
        super().__init__(data)
        self.point = point
        self.questions = asked_questions(point.workspace, point.questions)
        self.fields["marketing"].label = point.marketing_wording.text
        if point.service_wording:
            self.fields["service"].label = point.service_wording.text
        else:
            del self.fields["service"]
        for asked in self.questions:
            self.fields[f"{_ANSWER}{asked.question.key}"] = input_for(asked)

    def answers(self) -> list[forms.BoundField]:
        """The fields of the questions."""
        return [self[f"{_ANSWER}{asked.question.key}"] for asked in self.questions]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("marketing") and not data.get("service"):
            self.add_error("marketing", _("Tick the box, please, if we may write to you."))
        return data

    def submission(self, form_key: UUID) -> Submission:
        """The valid form as an entry: only what was filled in."""
        data = self.cleaned_data
        given = {asked.question.key: data[f"{_ANSWER}{asked.question.key}"] for asked in self.questions}
        filled = {key: stored_answer(value) for key, value in given.items() if value or value == 0}
        answers = {key: storable(value) for key, value in filled.items()}
        if answers.get("gender") not in {None, *Contact.Gender.values}:
            del answers["gender"]
        return Submission(form_key, bool(data["marketing"]), bool(data.get("service")), answers)
