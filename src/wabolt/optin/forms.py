"""Forms of opt-in: the settings of a way in, its places, and the public form."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.optin.models import EntryCode, EntryPoint
from wabolt.optin.questions import asked_questions, input_for, possible_questions, stored_answer
from wabolt.optin.services import PointDraft, Submission, check_end, check_greeting
from wabolt.ui.versions import Versioned

ASK = "ask_"
_ANSWER = "answer_"
LONGEST_TAG = 60


def area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Moment(forms.DateTimeField):
    """A time in the workspace's time zone. A stored time that the zone cannot show, near the year 9999, is empty."""

    def prepare_value(self, value: Any) -> Any:
        try:
            return super().prepare_value(value)
        except OverflowError:
            return None


class PointForm(Versioned):
    """The settings of an entry point. `point` is None for a new one."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Only you see it: “Till, Dago”, “Link on Instagram”.")
    )
    channel = forms.ModelChoiceField(label=_("WhatsApp number"), queryset=Channel.objects.none(), empty_label=None)
    incentive = forms.CharField(
        label=_("What do people get?"),
        max_length=200,
        required=False,
        help_text=_("One sentence, as it is printed: “10% off your first order”."),
    )
    voucher_percent = forms.IntegerField(
        label=_("Voucher after joining, in percent"), min_value=0, max_value=100, initial=0,
        help_text=_("0: no voucher. Everybody gets a code of their own."),
    )  # fmt: skip
    voucher_days = forms.IntegerField(label=_("Valid for how many days?"), min_value=1, max_value=365, initial=14)
    headline = forms.CharField(label=_("Headline of the page"), max_length=120, required=False)
    description = forms.CharField(label=_("Text of the page"), max_length=1000, required=False, widget=area(3))
    greeting = forms.CharField(
        label=_("Their first message"), max_length=120, required=False,
        help_text=_("WhatsApp writes it for them, with a code at the end. They only tap Send."),
    )  # fmt: skip
    thanks = forms.CharField(label=_("Your answer"), max_length=1000, required=False, widget=area(3))
    wording = forms.CharField(
        label=_("What they agree to"), max_length=1000, required=False, widget=area(3),
        help_text=_("Say who writes, what, how often, and how to stop. Leave it empty for your usual text."),
    )  # fmt: skip
    asks_service = forms.BooleanField(label=_("Also ask for messages about orders"), required=False)
    tags = forms.CharField(
        label=_("Labels"), max_length=300, required=False, help_text=_("Separated by commas. All who join get them.")
    )
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}\Z", label=_("Colour"), initial="#4f3cc9", widget=forms.TextInput(attrs={"type": "color"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("id", "Bahasa Indonesia"), ("en", "English")], initial="id"
    )
    active_until = Moment(
        label=_("Until when?"), required=False, localize=False, help_text=_("Empty: until you close it."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, workspace: Workspace, kind: str, point: EntryPoint | None = None) -> None:
        self.workspace, self.kind, self.point, self.edits = workspace, kind, point, point is not None
        self.questions = possible_questions(workspace) if kind == EntryPoint.Kind.FORM else []
        super().__init__(data, initial=self._initial() if point else {"language": workspace.language[:2]})
        cast("forms.ModelChoiceField[Channel]", self.fields["channel"]).queryset = channels(workspace)
        choices = [("", _("Do not ask")), ("optional", _("Ask, may stay empty")), ("required", _("Must be filled in"))]
        for question in self.questions:
            label = str(question.in_settings or question.label)
            field = forms.ChoiceField(label=label, choices=choices, required=False)
            if point is None and question.key == "name":
                field.initial = "required"
            self.fields[f"{ASK}{question.key}"] = field

    def _initial(self) -> dict[str, Any]:
        point = self.point
        assert point is not None
        same = ("name", "incentive", "voucher_percent", "voucher_days", "headline", "description", "greeting", "thanks")
        asked = {f"{ASK}{item['key']}": "required" if item.get("required") else "optional" for item in point.questions}
        return {
            **{key: getattr(point, key) for key in (*same, "colour", "language", "active_until")},
            **asked,
            "channel": point.channel_id,
            "wording": "" if point.marketing_wording.is_default else point.marketing_wording.text,
            "asks_service": point.service_wording_id is not None,
            "tags": ", ".join(point.tags.values_list("name", flat=True)),
        }

    def clean_greeting(self) -> str:
        text = str(self.cleaned_data["greeting"])
        try:
            check_greeting(self.workspace, clean(storable(text)))
        except DomainError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return text

    def clean_active_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["active_until"]
        try:
            check_end(until, self.point.active_until if self.point else None)
        except DomainError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return until

    def clean_tags(self) -> str:
        text = str(self.cleaned_data["tags"])
        if any(len(clean(name)) > LONGEST_TAG for name in text.split(",")):
            raise forms.ValidationError(_("A label has at most 60 characters."))
        return text

    def asking(self) -> list[forms.BoundField]:
        """The fields that choose the questions."""
        return [self[f"{ASK}{question.key}"] for question in self.questions]

    def draft(self) -> PointDraft:
        """The valid form as settings."""
        data = self.cleaned_data
        asked = [
            {"key": question.key, "required": data[f"{ASK}{question.key}"] == "required"}
            for question in self.questions
            if data[f"{ASK}{question.key}"]
        ]
        same = ("name", "channel", "incentive", "voucher_percent", "voucher_days", "headline", "description")
        return PointDraft(
            kind=self.kind,
            **{key: data[key] for key in (*same, "greeting", "thanks", "wording", "colour", "language")},
            service_wording="" if data["asks_service"] else None,
            questions=asked,
            tags=[name for name in map(clean, storable(data["tags"]).split(",")) if name],
            active_until=data["active_until"],
            picture=self.point.picture if self.point else None,
            fields=self.point.fields if self.point else {},
        )

    def refuse(self, problem: DomainError) -> None:
        """Shows the message of a DomainError at the field that it belongs to."""
        self.add_error(problem.field if problem.field in self.fields else None, str(problem))


class PlaceForm(forms.Form):
    """A place where the code is shown."""

    medium = forms.ChoiceField(label=_("Where is it shown?"), choices=EntryCode.Medium.choices)
    branch = forms.CharField(label=_("Branch"), max_length=80, required=False)
    staff = forms.CharField(label=_("Member of staff"), max_length=80, required=False)


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
        for question, required in self.questions:
            self.fields[f"{_ANSWER}{question.key}"] = input_for(question, required=required)

    def answers(self) -> list[forms.BoundField]:
        """The fields of the questions."""
        return [self[f"{_ANSWER}{question.key}"] for question, _required in self.questions]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("marketing") and not data.get("service"):
            self.add_error("marketing", _("Tick the box, please, if we may write to you."))
        birthday = data.get(f"{_ANSWER}birth_date")
        if birthday and not datetime(1900, 1, 1).date() <= birthday <= clock.now().date():  # noqa: DTZ001 - a day
            self.add_error(f"{_ANSWER}birth_date", _("Check the year, please."))
        return data

    def submission(self, form_key: UUID) -> Submission:
        """The valid form as an entry: only what was filled in."""
        data = self.cleaned_data
        given = {question.key: data[f"{_ANSWER}{question.key}"] for question, _required in self.questions}
        filled = {key: stored_answer(value) for key, value in given.items() if value not in {None, ""}}
        answers = {key: storable(value) for key, value in filled.items()}
        if answers.get("gender") not in {None, *Contact.Gender.values}:
            del answers["gender"]
        return Submission(form_key, bool(data["marketing"]), bool(data.get("service")), answers)
