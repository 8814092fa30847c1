"""What an owner writes when composing a broadcast."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.channels import queries as channels
from wabolt.channels.models import Channel
from wabolt.lib.phones import Phone, parse_phone
from wabolt.messaging.rendering.texts import MAX_TEXT
from wabolt.segments.models import Segment


class BroadcastForm(forms.Form):
    """To whom, what, and how it is measured. The text itself is checked by the service that saves it."""

    creation_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Only you see it, in the list and in reports."))
    segment = forms.ModelChoiceField(Segment.objects.none(), label=_("Segment"), empty_label=_("Choose a segment"))
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("From the number"), empty_label=None)
    text = forms.CharField(
        label=_("Message"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": MAX_TEXT, "data-counter": "text-count"}),
    )
    voucher_percent = forms.IntegerField(
        label=_("Voucher discount (%)"), min_value=0, max_value=90, required=False, initial=0,
        help_text=_("0 means no voucher. Otherwise each person gets a code of their own: write {{ voucher.code }}."),
    )  # fmt: skip
    voucher_days = forms.IntegerField(label=_("Voucher valid for (days)"), min_value=1, max_value=365, initial=14)
    holdout_percent = forms.TypedChoiceField(
        label=_("Comparison group"), coerce=int, initial=0,
        choices=[(0, _("None")), (5, "5 %"), (10, "10 %"), (20, "20 %")],
        help_text=_("So many people get nothing on purpose. Only so do you see what the message itself sold."),
    )  # fmt: skip
    attribution_days = forms.IntegerField(
        label=_("Count orders for (days)"), min_value=1, max_value=90, initial=7,
        help_text=_("An order counts for this broadcast that long after a click, or whenever its voucher is used."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, *args: Any, broadcast: Broadcast | None = None, **kwargs: Any) -> None:
        if broadcast is not None:
            names = ("name", "segment", "channel", "text", "voucher_percent", "voucher_days")
            more = ("holdout_percent", "attribution_days")
            kwargs.setdefault("initial", {name: getattr(broadcast, name) for name in (*names, *more)})
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = Segment.objects.filter(workspace=workspace).order_by("name")  # type: ignore[attr-defined]
        self.fields["channel"].queryset = channels.channels(workspace)  # type: ignore[attr-defined]
        if not self.is_bound and broadcast is None:
            self.initial.setdefault("creation_key", uuid.uuid4())

    def clean_voucher_percent(self) -> int:
        return self.cleaned_data["voucher_percent"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        uses, percent = "voucher." in data.get("text", ""), data.get("voucher_percent", 0)
        if uses and not percent:
            self.add_error("voucher_percent", _("The text uses a voucher. Say how big its discount is."))
        if percent and "text" in data and not uses:
            self.add_error("text", _("Write {{ voucher.code }} where the code should stand, or set the discount to 0."))
        return data


class ScheduleForm(forms.Form):
    """A moment in the workspace's time zone (Django reads it in the zone that the middleware has set)."""

    scheduled_at = forms.DateTimeField(
        label=_("Day and time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )


class TestSendForm(forms.Form):
    """Whose phone the trial goes to."""

    phone = forms.CharField(label=_("Your own number"), max_length=40)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = workspace.country

    def clean_phone(self) -> str:
        found = parse_phone(self.cleaned_data["phone"], self.country)
        if not isinstance(found, Phone):
            raise forms.ValidationError(_("That is not a phone number. Write it like 0812 3456 7890."))
        return found.e164
