"""Forms of the numbers' pages."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.channels import queries, registry, rules, services
from wabolt.channels.models import Channel
from wabolt.channels.rules import Fault, Settings
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.ui.phone_words import phone_error
from wabolt.ui.versions import Versioned

_ = gettext_lazy


def read_phone(workspace: Workspace, text: str) -> str:
    """Parses a typed number to E.164. Raises ValidationError."""
    phone = parse_phone(text, workspace.country)
    if isinstance(phone, Refusal):
        raise forms.ValidationError(phone_error(phone), code=phone.code)
    return phone.e164


class SettingsForm(Versioned):
    """Pace, limits and quiet hours of a number. Each error says which bound was crossed and why it exists."""

    name = forms.CharField(label=_("Name"), max_length=100)
    messages_per_minute = forms.IntegerField(
        label=_("Messages per minute"), help_text=_("Slower is safer. For a new number stay at 8 or below.")
    )
    jitter_percent = forms.IntegerField(
        label=_("Irregular gaps, in percent"),
        help_text=_("The gaps between messages vary by up to this much, as they do when people write."),
    )
    daily_cap = forms.IntegerField(label=_("Promotions a day"), help_text=_("All promotions of this number together."))
    warm_up = forms.BooleanField(
        label=_("Warm up: start with few promotions a day and grow over two weeks"), required=False
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Promotions wait during these hours. Replies still go out."),
    )
    cap_per_day = forms.IntegerField(
        label=_("Promotions per person a day"),
        help_text=_(
            "A calendar day of the shop, from midnight to midnight. All broadcasts, journeys and numbers count."
        ),
    )
    cap_per_week = forms.IntegerField(
        label=_("Promotions per person a week"), help_text=_("Today and the six days before.")
    )
    shows_reading = forms.BooleanField(
        label=_("Show people that you have read them (blue ticks) and that you are typing"), required=False
    )
    stop_answer = forms.CharField(
        label=_("Answer to STOP"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Leave empty to use our text."),
    )
    start_answer = forms.CharField(
        label=_("Welcome after JOIN"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Leave empty to use our text. Your own text has to say how to stop."),
    )

    def __init__(self, channel: Channel, *args: Any, **kwargs: Any) -> None:
        answers = channel.options.get("answers")
        own_answers = answers if isinstance(answers, dict) else {}
        kwargs["initial"] = {
            "name": channel.name,
            **{field: getattr(channel, field) for field in Settings.__dataclass_fields__},
            "stop_answer": own_answers.get("stop_word", ""),
            "start_answer": own_answers.get("start_word", ""),
        }
        super().__init__(*args, **kwargs)
        self.channel = channel
        limits = registry.capabilities(channel.provider)
        for name, low, high in rules.bounds(limits.max_messages_per_minute, limits.max_daily_cap):
            self.fields[name].widget.attrs.update(min=low, max=high, inputmode="numeric")
        if limits.is_simulation:
            self._explain_simulation()
        if not limits.can_type:
            self.fields["shows_reading"].widget = forms.HiddenInput()
            self.fields["shows_reading"].disabled = True
        if channel.warm_up and not services.may_end_warm_up(channel):
            self.fields["warm_up"].disabled = True

    def _explain_simulation(self) -> None:
        """Replaces advice for real numbers, which a simulated number does not need."""
        self.fields["messages_per_minute"].help_text = _(
            "A simulated number has no speed limit, because no real person gets its messages. A real number has one."
        )
        hours = queries.quiet_hours(self.channel)
        if hours.quiet_from == hours.quiet_until != self.channel.quiet_from:
            self.fields["quiet_until"].help_text = _(
                "This number's clock runs faster than the real one, so it sends at any hour. A real number waits."
            )

    def clean_start_answer(self) -> str:
        text: str = self.cleaned_data["start_answer"].strip()
        if text and "stop" not in text.lower():
            raise forms.ValidationError(gettext("Say that replying STOP ends it."), code="no_stop")
        return text

    def clean(self) -> dict[str, Any]:
        super().clean()
        limits = registry.capabilities(self.channel.provider)
        # An invalid field keeps its stored value, so that the other fields are still checked.
        stored = {field: getattr(self.channel, field) for field in Settings.__dataclass_fields__}
        faults = rules.check_settings(
            Settings(**{field: self.cleaned_data.get(field, value) for field, value in stored.items()}),
            max_per_minute=limits.max_messages_per_minute,
            max_daily_cap=limits.max_daily_cap,
        )
        for fault in faults:
            if fault.field in self.cleaned_data:
                self.add_error(fault.field, fault_text(fault))
        return self.cleaned_data

    def settings(self) -> Settings:
        """Returns the typed settings."""
        return Settings(**{field: self.cleaned_data[field] for field in Settings.__dataclass_fields__})

    def answers(self) -> dict[str, str]:
        """Returns the shop's own answers to stop and start words. A missing one means the default answer."""
        given = {"stop_word": self.cleaned_data["stop_answer"].strip(), "start_word": self.cleaned_data["start_answer"]}
        return {kind: text for kind, text in given.items() if text}


def fault_text(fault: Fault) -> str:
    """Returns the error text for a crossed bound, with its reason."""
    bound = f"{fault.bound:%H.%M}" if isinstance(fault.bound, time) else str(fault.bound)
    texts = {
        "too_low": gettext("At least %(bound)s."),
        "too_high": gettext("At most %(bound)s: more gets a number reported or banned."),
        "too_early": gettext("Not before %(bound)s."),
        "too_late": gettext("Not after %(bound)s."),
    }
    return texts[fault.code] % {"bound": bound}


class PauseForm(forms.Form):
    """Asks for the reason of a pause. The number's card shows it."""

    reason = forms.CharField(
        label=_("Why?"), max_length=60, help_text=_("Your team sees this, for example “stok habis” or “libur”.")
    )
