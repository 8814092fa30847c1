"""Forms of the journey around its steps: trigger, rules, settings, text."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.journeys.forms.base import REFRESHES, HappeningForm, PartForm, event_choices, happening_initial
from wabolt.journeys.forms.event_data import PREFIX
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import TriggerKind
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.text_form import MAX_TEXT, TextError, read
from wabolt.journeys.vocabulary import vocabulary
from wabolt.lib.errors import DomainError
from wabolt.ui.forms import show_refusal

SETTINGS = ("name", "channel", "importance", "content_class", "holdout_percent")


class TriggerForm(PartForm):
    """The settings of one kind of trigger."""

    def __init__(self, workspace: Workspace, trigger: d.Trigger, kind: TriggerKind, *args: Any) -> None:
        self.before: d.Settings = trigger.settings if trigger.kind == kind.key else {}
        super().__init__(workspace, *args, initial=dict(self.before))
        self.kind = kind
        self.fields.update(kind.fields(workspace))
        if "event" in self.fields:
            self.fields["event"].widget.attrs.update(REFRESHES)
        event = kind.facts_of(self.data if self.is_bound else self.before)
        if event:
            self.asks_facts(event, self._happening_before())

    def _happening_before(self, *, without: Collection[str] = ()) -> d.Happening:
        """The event of the draft's trigger, with the settings of the draft except those named `without`."""
        where = {name: value for name, value in self.before.items() if name not in without}
        return d.Happening("event", self.kind.facts_of(self.before), where)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            settings = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
            event = self.kind.facts_of(settings)
            if event:
                settings |= self.facts(event, self._happening_before(without=settings))
            try:
                self.settings = dict(self.kind.check(self.workspace, settings))
            except DomainError as error:
                show_refusal(self, error)
        return values

    def trigger(self) -> d.Trigger:
        """The trigger of a valid form."""
        return d.Trigger(self.kind.key, self.settings)


class RulesForm(HappeningForm):
    """The rule of entry, the exits, and the goal."""

    reentry = forms.ChoiceField(
        label=gettext_lazy("How often can a customer enter?"), widget=forms.RadioSelect,
        choices=[
            ("never", gettext_lazy("Once")), ("after_end", gettext_lazy("Again, once the earlier time is over")),
            ("always", gettext_lazy("Each time it applies")),
        ],
    )  # fmt: skip
    cooldown_days = forms.IntegerField(
        label=gettext_lazy("… but not within (days)"), min_value=0, max_value=3650,
        help_text=gettext_lazy("Least time between two entries of one customer."),
    )  # fmt: skip
    entry_from = forms.TimeField(
        label=gettext_lazy("Begin at the earliest at"), required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Empty: at once, day and night. Quiet hours are kept in any case."),
    )  # fmt: skip
    leaves_on_order = forms.BooleanField(label=gettext_lazy("A customer who orders leaves the journey"), required=False)
    leaves_on = forms.MultipleChoiceField(
        label=gettext_lazy("A customer to whom this happens leaves, too"), required=False,
        widget=forms.SelectMultiple(attrs={"data-choose": ""}),
        help_text=gettext_lazy("Whatever comes first. For example: the customer writes."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, definition: d.Definition, *args: Any) -> None:
        entry = definition.entry
        texts = [happening.when for happening in definition.exits if happening.kind == "segment"]
        initial = {
            "reentry": entry.reentry, "cooldown_days": entry.cooldown_days, "entry_from": entry.entry_from,
            "leaves_on_order": d.Happening("order") in definition.exits,
            "leaves_on": [happening.event for happening in definition.exits if _is_plain(happening)],
            **happening_initial(definition.goal),
        }  # fmt: skip
        super().__init__(workspace, *args, initial=initial)
        self.definition = definition
        self.fields["leaves_on"].choices = event_choices()  # type: ignore[attr-defined]
        self.asks("only_", gettext_lazy("Only customers for whom this is true enter"), entry.only, may_be_none=True)
        self.asks(
            "leave_", gettext_lazy("Customers for whom this is true leave"), texts[0] if texts else "", may_be_none=True
        )
        self.happens(definition.goal, empty=_("No goal"))
        self.fields["until"].label = _("Goal: the journey has succeeded when")
        self.order_fields(["only_condition"])

    def slot(self, prefix: str) -> str:
        return {"only_": "entry", "leave_": "exit", "until_": "goal"}[prefix]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.goal = self.happening(self.definition.goal)
        self.only, self.leave = (self.condition(prefix, may_be_none=True) for prefix in ("only_", "leave_"))
        if not self.errors:
            self.exits = self._exits()
            number = len(self.exits) + (self.wants == "leave_" and not any(one.kind == "segment" for one in self.exits))
            if number > d.MAX_ARMS:
                words = _("At most %(most)s things can take a customer out, and these are %(number)s. Choose fewer.")
                self.add_error("leaves_on", words % {"most": d.MAX_ARMS, "number": number})
        return given

    def _exits(self) -> tuple[d.Happening, ...]:
        """The exits of a valid form. What only the text form writes is kept: exits on events with conditions, and a
        second condition for leaving."""
        values = self.cleaned_data
        exits = [one for one in self.definition.exits if one.kind == "event" and not _is_plain(one)]
        exits += [d.Happening("event", event) for event in values["leaves_on"]]
        texts = [happening for happening in self.definition.exits if happening.kind == "segment"][1:]
        if values["leaves_on_order"]:
            exits.insert(0, d.Happening("order"))
        if self.leave:
            exits.append(d.Happening("segment", when=self.leave))
        return (*exits, *texts)

    def changed(self) -> d.Definition:
        """The definition with the rules of a valid form."""
        values = self.cleaned_data
        start = f"{values['entry_from']:%H:%M}" if values["entry_from"] else ""
        entry = d.Entry(values["reentry"], values["cooldown_days"], start, self.only)
        return replace(self.definition, entry=entry, exits=self.exits, goal=self.goal)


def _is_plain(happening: d.Happening) -> bool:
    """Whether it is an event that the form can show: of a known kind, without conditions on its data."""
    return happening.kind == "event" and not happening.where and happening.event in dict(event_choices())


class SettingsForm(PartForm):
    """The settings of a journey."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=gettext_lazy("From the number"), required=False,
        empty_label=gettext_lazy("The number that the customer knows"),
    )  # fmt: skip
    importance = forms.ChoiceField(
        label=gettext_lazy("Importance"), choices=Journey.Importance.choices,
        help_text=gettext_lazy("If only one more message is allowed today, the more important one goes out."),
    )  # fmt: skip
    content_class = forms.ChoiceField(
        label=gettext_lazy("Its messages count as"), choices=Journey.ContentClass.choices,
        help_text=gettext_lazy("For the 80/20 rule: four useful messages for each offer."),
    )  # fmt: skip
    holdout_percent = forms.TypedChoiceField(
        label=gettext_lazy("Leave some out (to compare)"), coerce=int,
        choices=[(0, gettext_lazy("None")), (5, "5 %"), (10, "10 %"), (20, "20 %"), (30, "30 %"), (50, "50 %")],
        help_text=gettext_lazy("Drawn at random. They get nothing, so the report can say what the journey brought."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, journey: Journey, *args: Any) -> None:
        super().__init__(workspace, *args, initial={name: getattr(journey, name) for name in SETTINGS})
        self.fields["channel"].queryset = channels(workspace)  # type: ignore[attr-defined]
        if channels(workspace).count() < 2:
            del self.fields["channel"]

    def settings(self) -> dict[str, Any]:
        """The settings of a valid form, as `services.change_settings` takes them."""
        return {name: self.cleaned_data[name] for name in SETTINGS if name in self.fields}


class TextForm(PartForm):
    """The journey as text."""

    text = forms.CharField(
        label=gettext_lazy("The journey as text"), max_length=MAX_TEXT, strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "jn-code", "spellcheck": "false"}),
        help_text=gettext_lazy("One line for each step. “#…” keeps the identity of a step: leave it where it is."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, shown: str, new_id: Callable[[], str], *args: Any) -> None:
        super().__init__(workspace, *args, initial={"text": shown})
        self.new_id = new_id

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        try:
            self.definition = read(text, self.new_id, vocabulary())
        except TextError as error:
            raise forms.ValidationError(
                _("Line %(line)s: %(words)s") % {"line": error.line, "words": _text_error(error)}
            ) from error
        return text


def _text_error(error: TextError) -> str:
    match error.code:
        case "unknown_word":
            return _("“%(word)s” is no step.") % {"word": error.found}
        case "indentation":
            return _("The line has another indent, or is inside a step that holds no steps.")
        case "text_without_message":
            return _("Lines with | belong under a message.")
        case "branch_without_if":
            return _("Inside a branch come lines with “if” and, last, “else”.")
        case "same_id":
            return _("Two steps have the same #id. Delete it in the copy.")
        case "too_many":
            return _("A journey has at most 100 steps.")
        case "too_deep":
            return _("Branches are nested too deep.")
        case _:
            return _("This cannot be read: %(words)s") % {"words": error.found or error.code}
