"""Forms of automatic replies."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.services.editing import MOST_MINUTES, AnswerDraft, RuleDraft, SettingsDraft
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.contacts.registry import ActionCall
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments
from wabolt.ui.versions import Versioned

_SEPARATORS = re.compile(r"[,;\n]")


class RuleForm(Versioned):
    """A rule: its words and conditions. Its answers are in `AnswerForms`, its actions in `ActionForms`."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"then": _("Then"), "answers": _("Answers")}

    phrases = forms.CharField(
        label=_("When a customer writes"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Separate words by commas: price, how much. Short forms and typos are understood."),
    )  # fmt: skip
    reach = forms.TypedChoiceField(
        label=_("Where the words may be"), coerce=int, choices=ReplyRule.Reach.choices, initial=ReplyRule.Reach.SIMILAR
    )
    when = forms.ChoiceField(label=_("When"), choices=ReplyRule.When.choices, initial=ReplyRule.When.ALWAYS)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on"), coerce=int, required=False, choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: on each day."),
    )  # fmt: skip
    channel = forms.ModelChoiceField(
        label=_("On which number"), queryset=Channel.objects.none(), required=False, empty_label=_("On every number")
    )
    segment = forms.ModelChoiceField(
        label=_("For whom"), queryset=Segment.objects.none(), required=False, empty_label=_("For everyone")
    )
    hands_over = forms.BooleanField(
        label=_("Then a person answers"), required=False,
        help_text=_("The message stays unread for your team, and auto-replies pause in this conversation."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name in your list"), required=False, max_length=60)

    def __init__(self, workspace: Workspace, *args: Any, rule: ReplyRule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            kwargs["initial"] = initial_of(rule) | kwargs.get("initial", {})
        self.edits = rule is not None
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.fields["channel"].queryset = channels(workspace)  # type: ignore[attr-defined]
        self.fields["segment"].queryset = list_segments(workspace)  # type: ignore[attr-defined]
        for name, is_needed in (("channel", channels(workspace).count() > 1), ("segment", True)):
            if not is_needed:
                del self.fields[name]

    def typed(self) -> dict[str, Any]:
        """The values as they are typed now, for the same form without checks."""
        return {bound.name: bound.value() for bound in self if bound.name != "overwrite"}

    def draft(self, answers: Sequence[AnswerDraft], then: Sequence[ActionCall]) -> RuleDraft:
        """The rule of a valid form. `then`: its actions."""
        given = self.cleaned_data
        return RuleDraft(
            given["name"], _SEPARATORS.split(given["phrases"]), answers, given["reach"], given["when"],
            given.get("channel"), given.get("segment"), then, given["hands_over"], given["weekdays"],
        )  # fmt: skip


def initial_of(rule: ReplyRule) -> dict[str, Any]:
    """The values of the form for a stored rule."""
    answers = [(answer.text, answer.content.media_id, answer.choices) for answer in rule.answers.all()]
    return {
        "phrases": ", ".join(rule.phrases),
        "answers": answers,
        "reach": rule.reach,
        "when": rule.when,
        "weekdays": rule.weekdays,
        "channel": rule.channel_id,
        "segment": rule.segment_id,
        "then": rule.then,
        "hands_over": rule.hands_over,
        "name": rule.name,
    }


class SettingsForm(Versioned):
    """The settings of automatic replies."""

    is_on = forms.BooleanField(label=_("Auto-replies are on"), required=False)
    silence_minutes = forms.IntegerField(
        label=_("Pause after a person has answered"), min_value=0, max_value=MOST_MINUTES,
        help_text=_("Minutes in which only people answer that customer. It ends by itself."),
    )  # fmt: skip
    away_text = forms.CharField(
        label=_("Outside opening hours"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sent when no rule answers, at most once in 12 hours. Empty: nothing is sent."),
    )  # fmt: skip
    handover_text = forms.CharField(
        label=_("When somebody asks for a person"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("“admin” and “CS” always reach a person. Empty: our text."),
    )  # fmt: skip

    def draft(self) -> SettingsDraft:
        """The settings of a valid form."""
        given = self.cleaned_data
        return SettingsDraft(given["is_on"], given["silence_minutes"], given["away_text"], given["handover_text"])


class TryForm(forms.Form):
    """A message to try."""

    text = forms.CharField(label=_("What does a customer write?"), max_length=1000)
    channel = forms.ModelChoiceField(
        label=_("On which number"), queryset=Channel.objects.none(), required=False, empty_label=None
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = channels(workspace)
        self.fields["channel"].queryset = numbers  # type: ignore[attr-defined]
        if len(numbers) < 2:
            del self.fields["channel"]
