"""The small form of each kind of step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import contact_action
from wabolt.journeys.forms.base import HappeningForm, PartForm, happening_initial
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.structure import find, steps_before
from wabolt.journeys.wording import OUTCOME_WORDS, WEEKDAYS, arm_words, step_name
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.queries import reference_of, referenced_media
from wabolt.media.services import store_upload
from wabolt.personalization.queries import MAX_TEXT, plain_newlines, validate_text
from wabolt.ui.forms import show_refusal

ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.pptx"
MOST_BUTTONS = 3
LONGEST_BUTTON = 20
UNITS = (("minutes", gettext_lazy("minutes")), ("hours", gettext_lazy("hours")), ("days", gettext_lazy("days")))


class StepForm(PartForm):
    """The form of one step. `step()` of a valid form is the step as it is edited."""

    def __init__(
        self, workspace: Workspace, definition: d.Definition, edited: d.Step, *args: Any, **kwargs: Any
    ) -> None:
        self.definition, self.edited = definition, edited
        super().__init__(workspace, *args, initial=self.values(edited), **kwargs)
        self.build()

    def values(self, edited: Any) -> dict[str, Any]:
        """The values of the fields for a step."""
        raise NotImplementedError

    def build(self) -> None:
        """Adds the fields that depend on the shop and on the step."""

    def step(self) -> d.Step:
        """The step of a valid form."""
        raise NotImplementedError


class SendForm(StepForm):
    """A message."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"media": gettext_lazy("Picture or document")}

    text = forms.CharField(
        label=gettext_lazy("Message"), max_length=MAX_TEXT, required=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "maxlength": MAX_TEXT, "data-counter": "text-count", "data-tokens": ""}
        ),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Picture or document"), required=False, widget=forms.FileInput(attrs={"accept": ACCEPTED})
    )
    drop_file = forms.BooleanField(label=gettext_lazy("Without the file"), required=False)
    buttons = forms.CharField(
        label=gettext_lazy("Buttons"), required=False, max_length=100,
        help_text=gettext_lazy("Up to three, with commas in between. A number without buttons shows a numbered list."),
    )  # fmt: skip
    quiet = forms.ChoiceField(
        label=gettext_lazy("In quiet hours"),
        choices=[
            ("postpone", gettext_lazy("Send when they are over")),
            ("skip", gettext_lazy("Leave this message out")),
        ],
    )
    late = forms.TypedChoiceField(
        label=gettext_lazy("Send at the latest"), coerce=int,
        choices=[
            (0, gettext_lazy("No matter when")),
            (60, gettext_lazy("1 hour late")), (720, gettext_lazy("12 hours late")),
            (1440, gettext_lazy("1 day late")), (4320, gettext_lazy("3 days late")),
        ],
        help_text=gettext_lazy("A message that would come later than this is left out."),
    )  # fmt: skip
    purpose = forms.ChoiceField(
        label=gettext_lazy("It is about"),
        choices=[
            ("marketing", gettext_lazy("The shop: only with permission for promotions")),
            ("service", gettext_lazy("The customer's own order, appointment or request")),
        ],
    )
    content_class = forms.ChoiceField(
        label=gettext_lazy("It counts as"), required=False,
        choices=[
            ("", gettext_lazy("The same as the journey")), ("value", gettext_lazy("Useful content")),
            ("promotion", gettext_lazy("Promotion")),
        ],
    )  # fmt: skip

    def values(self, edited: d.Send) -> dict[str, Any]:
        return {
            "text": edited.text, "buttons": ", ".join(edited.choices), "quiet": edited.quiet,
            "late": edited.not_later_minutes or 0, "purpose": edited.purpose, "content_class": edited.content_class,
            "media": edited.media,
        }  # fmt: skip

    def build(self) -> None:
        media = cast("d.Send", self.edited).media
        self.attached: MediaFile | None = None
        if self.is_bound:
            self.attached = referenced_media(self.workspace, self.data.get("attached", ""))
        elif media is not None:
            self.attached = MediaFile.objects.filter(workspace=self.workspace, pk=media).defer("data").first()
        if self.attached is None:
            del self.fields["drop_file"]
        self.fields["text"].required = self.attached is None and "file" not in self.files
        minutes = cast("d.Send", self.edited).not_later_minutes
        late: Any = self.fields["late"]
        if minutes and minutes not in dict(late.choices):
            late.choices = [*late.choices, (minutes, _("%(n)s minutes late") % {"n": minutes})]

    @property
    def kept(self) -> str:
        """A signed reference to the stored file, for a hidden field of the next form."""
        return reference_of(self.attached)

    def clean_text(self) -> str:
        text = plain_newlines(self.cleaned_data["text"])
        if text.strip():
            try:
                validate_text(self.workspace, text, self.data.get("purpose", "marketing"))
            except DomainError as error:
                raise forms.ValidationError(str(error)) from error
        return text

    def clean_buttons(self) -> tuple[str, ...]:
        names = tuple(name.strip() for name in self.cleaned_data["buttons"].split(",") if name.strip())
        if len(names) > MOST_BUTTONS or any(len(name) > LONGEST_BUTTON for name in names):
            raise forms.ValidationError(_("At most three buttons of at most 20 letters each."))
        return names

    def clean(self) -> dict[str, Any]:
        """Stores an uploaded file at once, because a browser sends it only with this request."""
        given = super().clean()
        if given.get("drop_file"):
            self.attached = None
        if upload := given.get("file"):
            try:
                self.attached = store_upload(workspace=self.workspace, upload=upload)
            except DomainError as error:
                self.add_error("file", str(error))
        if self.attached is None and not given.get("text", "").strip() and "text" not in self.errors:
            self.add_error("text", _("Write something first."))
        return given

    def step(self) -> d.Send:
        given = self.cleaned_data
        return replace(
            cast("d.Send", self.edited), text=given["text"], media=self.attached.pk if self.attached else None,
            choices=given["buttons"], quiet=given["quiet"], not_later_minutes=given["late"] or None,
            purpose=given["purpose"], content_class=given["content_class"],
        )  # fmt: skip


class WaitForm(HappeningForm, StepForm):
    """A wait."""

    mode = forms.ChoiceField(
        label=gettext_lazy("How long"), widget=forms.RadioSelect,
        choices=[
            ("duration", gettext_lazy("For some time")), ("clock", gettext_lazy("Until an hour or a day")),
            ("happening", gettext_lazy("Until something happens")),
        ],
    )  # fmt: skip
    amount = forms.IntegerField(label=gettext_lazy("At most"), min_value=0, max_value=400)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS)
    at = forms.TimeField(
        label=gettext_lazy("Then until"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("In the time zone of the shop. Empty: go on at once."),
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only on"), coerce=int, required=False, choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None ticked: on each day."),
    )  # fmt: skip
    MODES: ClassVar[Mapping[str, str]] = {
        "amount": "duration happening", "unit": "duration happening", "at": "duration clock", "weekdays": "clock",
        "until": "happening", "event": "happening", "until_segment": "happening", "until_when": "happening",
    }  # fmt: skip

    def values(self, edited: d.Wait) -> dict[str, Any]:
        return {
            "mode": edited.mode, "amount": edited.amount, "unit": edited.unit, "at": edited.at,
            "weekdays": list(edited.weekdays), **happening_initial(edited.until or d.Happening("order")),
        }  # fmt: skip

    def build(self) -> None:
        self.fields["amount"].label = _("How many")
        self.happens()

    def modes_of(self, name: str) -> str:
        return self.MODES.get(name, "")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.until = self.happening() if given.get("mode") == "happening" else None
        if given.get("mode") == "clock" and given.get("at") is None and "at" not in self.errors:
            self.add_error("at", _("Choose an hour."))
        if given.get("mode") == "happening" and given.get("amount") == 0:
            self.add_error("amount", _("How long at most? Otherwise the customer could wait forever."))
        return given

    def step(self) -> d.Wait:
        given, step_id = self.cleaned_data, self.edited.id
        at = f"{given['at']:%H:%M}" if given["at"] else ""
        match given["mode"]:
            case "clock":
                return d.Wait(step_id, "clock", at=at, weekdays=tuple(sorted(given["weekdays"])))
            case "happening":
                return d.Wait(step_id, "happening", given["amount"], given["unit"], until=self.until)
            case _:
                return d.Wait(step_id, amount=given["amount"], unit=given["unit"], at=at)


class BranchForm(StepForm):
    """The conditions of a branch: of each arm what became of an earlier step, or a condition about the customer."""

    def values(self, edited: d.Branch) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, arm in enumerate(edited.arms):
            is_outcome = isinstance(arm.when, d.Outcome)
            found[f"about{number}"] = f"{arm.when.step}:{arm.when.is_}" if isinstance(arm.when, d.Outcome) else ""
            found[f"{number}_when"] = "" if is_outcome else arm.when
        return found

    def build(self) -> None:
        self.arms = range(len(cast("d.Branch", self.edited).arms))
        earlier = steps_before(self.definition, self.edited.id)
        choices: list[tuple[str, str]] = [("", _("Something about the customer"))]
        for step in earlier:
            words = _outcomes(step)
            choices += [(f"{step.id}:{word}", f"{step_name(step)} {OUTCOME_WORDS[word]}") for word in words]
        for number in self.arms:
            self.fields[f"about{number}"] = forms.ChoiceField(
                label=_("If …") if len(self.arms) == 1 else _("Way %(n)s: if …") % {"n": number + 1},
                required=False, choices=choices,
            )  # fmt: skip
            self.asks(f"{number}_")

    @property
    def ways(self) -> list[list[forms.BoundField]]:
        """The fields of each arm."""
        return [[self[name] for name in (f"about{n}", f"{n}_segment", f"{n}_when")] for n in self.arms]

    @property
    def removable(self) -> list[int]:
        """The arms that may be removed."""
        return list(self.arms) if len(self.arms) > 1 else []

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.whens = [self._when(number) for number in self.arms]
        return given

    def _when(self, number: int) -> d.When:
        step, _colon, outcome = self.cleaned_data.get(f"about{number}", "").partition(":")
        return d.Outcome(step, outcome) if outcome else self.condition(f"{number}_")

    def step(self) -> d.Branch:
        edited = cast("d.Branch", self.edited)
        arms = zip(edited.arms, self.whens, strict=True)
        return replace(edited, arms=tuple(replace(arm, when=when) for arm, when in arms))


def _outcomes(step: d.Step) -> tuple[str, ...]:
    if isinstance(step, d.Send):
        return d.MESSAGE_OUTCOMES
    return ("happened", "timed_out") if isinstance(step, d.Wait) and step.mode == "happening" else ()


class SplitForm(StepForm):
    """The shares of a random split."""

    def values(self, edited: d.Split) -> dict[str, Any]:
        return {f"weight{number}": arm.weight for number, arm in enumerate(edited.arms)}

    def build(self) -> None:
        edited = cast("d.Split", self.edited)
        for number, words in enumerate(arm_words(self.definition, edited)):
            self.fields[f"weight{number}"] = forms.IntegerField(
                label=_("Share of way %(n)s") % {"n": number + 1}, min_value=0, max_value=100, help_text=words
            )

    @property
    def removable(self) -> list[int]:
        """The arms that may be removed."""
        count = len(cast("d.Split", self.edited).arms)
        return list(range(count)) if count > 2 else []

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and not sum(given.values()):
            self.add_error(None, _("At least one way needs a share above 0."))
        return given

    def step(self) -> d.Split:
        edited = cast("d.Split", self.edited)
        arms = (replace(arm, weight=self.cleaned_data[f"weight{n}"]) for n, arm in enumerate(edited.arms))
        return replace(edited, arms=tuple(arms))


class ActForm(StepForm):
    """The parameters of a contact action."""

    def values(self, edited: d.Act) -> dict[str, Any]:
        return dict(edited.params)

    def build(self) -> None:
        action = contact_action(cast("d.Act", self.edited).action)
        if action is not None:
            self.fields.update(action.fields(self.workspace))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        action = contact_action(cast("d.Act", self.edited).action)
        if action is None:
            self.add_error(None, _("There is no such action."))
        elif not self.errors:
            try:
                self.params = dict(action.check(self.workspace, given))
            except DomainError as error:
                show_refusal(self, error)
        return given

    def step(self) -> d.Act:
        return replace(cast("d.Act", self.edited), params=self.params)


class WebhookForm(StepForm):
    """The address that is called."""

    url = forms.URLField(
        label=gettext_lazy("Address"), max_length=2000, assume_scheme="https",
        help_text=gettext_lazy("A public address. It gets the customer and the journey as signed JSON."),
    )  # fmt: skip

    def values(self, edited: d.Webhook) -> dict[str, Any]:
        return {"url": edited.url}

    def step(self) -> d.Webhook:
        return replace(cast("d.Webhook", self.edited), url=self.cleaned_data["url"])


_FORMS: Mapping[type, type[StepForm]] = {
    d.Send: SendForm, d.Wait: WaitForm, d.Branch: BranchForm, d.Split: SplitForm, d.Act: ActForm,
    d.Webhook: WebhookForm,
}  # fmt: skip


def step_form(
    workspace: Workspace, definition: d.Definition, step_id: str, data: Any = None, files: Any = None
) -> StepForm | None:
    """The form of a step; None for an unknown step and for an end, which has nothing to edit."""
    step = find(definition, step_id)
    kind = _FORMS.get(type(step))
    return None if step is None or kind is None else kind(workspace, definition, step, data, files)
