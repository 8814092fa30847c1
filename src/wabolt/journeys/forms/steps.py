"""The small form of each kind of step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.contacts.registry import contact_action
from wabolt.journeys.forms.base import HappeningForm, StepForm, happening_initial
from wabolt.journeys.forms.event_data import PREFIX
from wabolt.journeys.forms.messages import SendForm
from wabolt.journeys.models import Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.structure import find, steps_before
from wabolt.journeys.wording import OUTCOME_WORDS, WEEKDAYS, arm_words, step_name
from wabolt.lib.errors import DomainError
from wabolt.ui.forms import show_refusal

UNITS = (("minutes", gettext_lazy("minutes")), ("hours", gettext_lazy("hours")), ("days", gettext_lazy("days")))


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
        "until": "happening", "event": "happening", "until_condition": "happening",
    }  # fmt: skip

    def values(self, edited: d.Wait) -> dict[str, Any]:
        return {
            "mode": edited.mode, "amount": edited.amount, "unit": edited.unit, "at": edited.at,
            "weekdays": list(edited.weekdays), **happening_initial(edited.until or d.Happening("order")),
        }  # fmt: skip

    def build(self) -> None:
        self.fields["amount"].label = _("How many")
        self.happens(cast("d.Wait", self.edited).until)

    def slot(self, prefix: str) -> str:
        return f"wait-{self.edited.id}"

    def modes_of(self, name: str) -> str:
        return "happening" if name.startswith(PREFIX) else self.MODES.get(name, "")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        before = cast("d.Wait", self.edited).until
        self.until = self.happening(before) if given.get("mode") == "happening" else None
        if given.get("mode") == "clock" and given.get("at") is None and "at" not in self.errors:
            self.add_error("at", _("Choose an hour."))
        if given.get("mode") == "happening" and given.get("amount") == 0:
            self.add_error("amount", _("How long at most? Otherwise the customer could wait forever."))
        return given

    def step(self) -> d.Wait:
        values, step_id = self.cleaned_data, self.edited.id
        at = f"{values['at']:%H:%M}" if values["at"] else ""
        match values["mode"]:
            case "clock":
                return d.Wait(step_id, "clock", at=at, weekdays=tuple(sorted(values["weekdays"])))
            case "happening":
                return d.Wait(step_id, "happening", values["amount"], values["unit"], until=self.until)
            case _:
                return d.Wait(step_id, amount=values["amount"], unit=values["unit"], at=at)


class BranchForm(StepForm):
    """The conditions of a branch: of each arm what became of an earlier step, or a condition about the customer."""

    def values(self, edited: d.Branch) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, arm in enumerate(edited.arms):
            found[f"about{number}"] = f"{arm.when.step}:{arm.when.is_}" if isinstance(arm.when, d.Outcome) else ""
        return found

    def build(self) -> None:
        arms = cast("d.Branch", self.edited).arms
        self.arms = range(len(arms))
        earlier = steps_before(self.definition, self.edited.id)
        choices: list[tuple[str, str]] = [("", _("Something about the customer"))]
        for step in earlier:
            words = _outcomes(step)
            name = step_name(self.workspace, step)
            choices += [(f"{step.id}:{word}", f"{name} {OUTCOME_WORDS[word]}") for word in words]
        for number in self.arms:
            self.fields[f"about{number}"] = forms.ChoiceField(
                label=_("If …") if len(self.arms) == 1 else _("Way %(n)s: if …") % {"n": number + 1},
                required=False, choices=choices,
            )  # fmt: skip
            when = arms[number].when
            self.asks(f"{number}_", gettext_lazy("The condition"), when if isinstance(when, str) else "")

    def slot(self, prefix: str) -> str:
        return f"arm-{self.edited.id}-{prefix.removesuffix('_')}"

    @property
    def ways(self) -> list[list[forms.BoundField]]:
        """The fields of each arm."""
        return [[self[name] for name in (f"about{n}", f"{n}_condition")] for n in self.arms]

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
        for number, words in enumerate(arm_words(self.workspace, self.definition, edited)):
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
    journey: Journey, definition: d.Definition, step_id: str, data: Any = None, files: Any = None
) -> StepForm | None:
    """The form of a step; None for an unknown step and for an end, which has nothing to edit."""
    step = find(definition, step_id)
    kind = _FORMS.get(type(step))
    return None if step is None or kind is None else kind(journey, definition, step, data, files)
