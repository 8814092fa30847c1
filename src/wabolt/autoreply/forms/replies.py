"""Forms of automatic replies."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries import list_rules
from wabolt.autoreply.services.editing import MOST_MINUTES, AnswerDraft, RuleDraft, SettingsDraft, draft_of
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.contacts.registry import ActionCall
from wabolt.lib.errors import DomainError
from wabolt.media.queries import reference_of, referenced_media
from wabolt.media.services import store_upload
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments
from wabolt.ui.versions import Versioned

ANSWERS = 3
"""Answers that the form has room for; the first one is enough."""
ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.pptx"
_SEPARATORS = re.compile(r"[,;\n]")


class RuleForm(Versioned):
    """A rule: words, answers, and what else happens. The actions are in an `ActionForms` of their own."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"then": _("Then"), "attached": _("Picture or document")}

    phrases = forms.CharField(
        label=_("When a customer writes"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Separate words by commas: price, how much. Short forms and typos are understood."),
    )  # fmt: skip
    answer_1 = forms.CharField(
        label=_("answer with"), required=False, max_length=4096, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The same variables as in a broadcast, such as the customer's name."),
    )  # fmt: skip
    answer_2 = forms.CharField(
        label=_("or in turn with"), required=False, max_length=4096, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Several answers take turns, so that nobody reads the same text twice in a row."),
    )  # fmt: skip
    answer_3 = forms.CharField(
        label=_("or with"), required=False, max_length=4096, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=_("Picture or document"), required=False, help_text=_("Goes with the first answer."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )  # fmt: skip
    drop_file = forms.BooleanField(label=_("Without the file"), required=False)
    menu = forms.MultipleChoiceField(
        label=_("Numbered menu under the first answer"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("A customer who writes a number gets that rule's answer."),
    )  # fmt: skip
    reach = forms.TypedChoiceField(
        label=_("Where the words may be"), coerce=int, choices=ReplyRule.Reach.choices, initial=ReplyRule.Reach.SIMILAR
    )
    when = forms.ChoiceField(label=_("When"), choices=ReplyRule.When.choices, initial=ReplyRule.When.ALWAYS)
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
        others = [other for other in list_rules(workspace) if rule is None or other.pk != rule.pk]
        self.fields["menu"].choices = [(str(other.pk), other.name) for other in others]  # type: ignore[attr-defined]
        self._names = {str(other.pk): other.name for other in others}
        for name, is_needed in (("menu", others), ("channel", channels(workspace).count() > 1), ("segment", True)):
            if not is_needed:
                del self.fields[name]
        # The stored file: of the rule, or of an earlier try of this form, which names it in a hidden field.
        reference = self.data.get("attached", "") if self.is_bound else self.initial.get("attached", "")
        self.attached = referenced_media(workspace, reference)
        if self.attached is None:
            del self.fields["drop_file"]

    def clean(self) -> dict[str, Any]:
        """Stores an uploaded file at once, because a browser sends it only with this request."""
        given = super().clean()
        upload = given.get("file")
        if given.get("drop_file"):
            self.attached = None
        if upload:
            try:
                self.attached = store_upload(workspace=self.workspace, upload=upload)
            except DomainError as error:
                self.add_error("file", str(error))
        return given

    def typed(self) -> dict[str, Any]:
        """The values as they are typed now, for the same form without checks."""
        return {bound.name: bound.value() for bound in self if bound.name not in {"file", "overwrite"}}

    @property
    def kept(self) -> str:
        """A signed reference to the stored file, for a hidden field of the next form."""
        return reference_of(self.attached)

    def draft(self, then: Sequence[ActionCall]) -> RuleDraft:
        """The rule of a valid form. `then`: its actions."""
        given = self.cleaned_data
        texts = [given[f"answer_{number}"].strip() for number in range(1, ANSWERS + 1)]
        menu = [(self._names[key], int(key)) for key in given.get("menu", ())]
        answers = [
            AnswerDraft(text, self.attached if first else None, menu if first else ())
            for first, text in zip((True, False, False), texts, strict=True)
            if text or (first and self.attached is not None)
        ]
        return RuleDraft(
            given["name"], _SEPARATORS.split(given["phrases"]), answers, given["reach"], given["when"],
            given.get("channel"), given.get("segment"), then, given["hands_over"],
        )  # fmt: skip


def initial_of(rule: ReplyRule) -> dict[str, Any]:
    """The values of the form for a stored rule."""
    draft = draft_of(rule)
    first = draft.answers[0] if draft.answers else AnswerDraft("")
    texts = {f"answer_{number}": answer.text for number, answer in enumerate(draft.answers[:ANSWERS], start=1)}
    return {
        **{f"answer_{number}": "" for number in range(1, ANSWERS + 1)},
        **texts,
        "phrases": ", ".join(rule.phrases),
        "attached": reference_of(first.media),
        "menu": [str(target) for _title, target in first.choices],
        "reach": rule.reach,
        "when": rule.when,
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
        return SettingsDraft(
            given["is_on"], given["silence_minutes"], given["away_text"], given["handover_text"]
        )


class TryForm(forms.Form):
    """A message to try."""

    text = forms.CharField(label=_("What does a customer write?"), max_length=1000)
