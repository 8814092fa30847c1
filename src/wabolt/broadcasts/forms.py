"""Forms of the composer and of the check page."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import media_of
from wabolt.channels import queries as channels
from wabolt.channels.models import Channel
from wabolt.channels.registry import capabilities
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.media.registry import AttachmentForm
from wabolt.messaging.models import Message, MessageContent, Template
from wabolt.messaging.queries import template_variables as variables
from wabolt.messaging.queries import templates
from wabolt.messaging.services import gap_words
from wabolt.personalization.queries import MAX_TEXT, plain_newlines, validate_text
from wabolt.segments.models import Segment
from wabolt.ui.moments import Moment
from wabolt.ui.phone_words import phone_error
from wabolt.ui.versions import Versioned

FARTHEST = timedelta(days=366)
"""Limit for planned broadcasts; a later time is a typing error."""


class BroadcastForm(Versioned, AttachmentForm):
    """Audience, message and measurement of a broadcast. The service that saves the draft checks the text."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"media_id": _("Picture or document")}

    creation_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Name of the broadcast"), max_length=100, help_text=_("Only you see it, in the list and in reports.")
    )
    segment = forms.ModelChoiceField(Segment.objects.none(), label=_("Segment"), empty_label=_("Choose a segment"))
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("From the number"), empty_label=None)
    text = forms.CharField(
        label=_("Message"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(
            attrs={"rows": 8, "maxlength": MAX_TEXT, "data-counter": "text-count", "data-tokens": ""}
        ),
        required=False,
    )
    template = forms.ModelChoiceField(
        Template.objects.none(), label=_("Approved template"), required=False, empty_label=_("None: my own text"),
        help_text=_("Numbers over the Cloud API send promotions only as a template that Meta has approved."),
    )  # fmt: skip
    content_class = forms.ChoiceField(
        label=_("It counts as"), required=False, initial=MessageContent.Class.PROMOTION,
        choices=MessageContent.Class.choices,
        help_text=_(
            "For the 80/20 rule: four useful messages for each offer. A tip, a story or news is useful content."
        ),
    )  # fmt: skip
    voucher_percent = forms.IntegerField(
        label=_("Voucher discount (%)"), min_value=0, max_value=90, required=False, initial=0,
        help_text=_("0 means no voucher. Otherwise each person gets their own code: put “Voucher code” in the text."),
    )  # fmt: skip
    voucher_days = forms.IntegerField(label=_("Voucher valid for (days)"), min_value=1, max_value=365, initial=14)
    holdout_percent = forms.TypedChoiceField(
        label=_("Leave some without a message (to compare)"), coerce=int, initial=0,
        choices=[(0, _("None")), (5, "5 %"), (10, "10 %"), (20, "20 %")],
        help_text=_("They are drawn at random. Comparing the two groups shows what the message itself sold."),
    )  # fmt: skip
    attribution_days = forms.IntegerField(
        label=_("Count orders for (days)"), min_value=1, max_value=90, initial=7,
        help_text=_(
            "An order counts for this broadcast if it is made within this time after a click, or if it uses a voucher"
            " of the broadcast."
        ),
    )  # fmt: skip
    expires_hours = forms.TypedChoiceField(
        label=_("Send at the latest"), coerce=int, required=False, initial=0,
        choices=[
            (0, _("Automatic: two days longer than estimated")),
            (6, _("6 hours after the start")), (24, _("1 day after the start")), (72, _("3 days after the start")),
            (168, _("1 week after the start")), (336, _("2 weeks after the start")),
        ],
        help_text=_("People who have not got it by then do not get it: a flash sale must not arrive when it is over."),
    )  # fmt: skip

    def __init__(self, workspace: Workspace, *args: Any, broadcast: Broadcast | None = None, **kwargs: Any) -> None:
        self.edits = broadcast is not None
        attached = kwargs.pop("attached", None)
        if broadcast is not None:
            names = ("name", "segment", "channel", "text", "voucher_percent", "voucher_days")
            more = ("holdout_percent", "attribution_days", "expires_hours", "template", "media_id", "content_class")
            kwargs.setdefault("initial", {name: getattr(broadcast, name) for name in (*names, *more)})
            attached = media_of(broadcast)
        super().__init__(*args, **kwargs)
        self.attach(workspace, attached)
        self.fields["segment"].queryset = Segment.objects.filter(workspace=workspace).order_by("name")  # type: ignore[attr-defined]
        approved = templates(workspace).filter(status="approved")
        self.fields["template"].queryset = approved  # type: ignore[attr-defined]
        self.has_templates = approved.exists()
        self.fields["text"].required = not self.has_templates
        if not self.has_templates:
            del self.fields["template"]
        self.fields["channel"].queryset = channels.channels(workspace)  # type: ignore[attr-defined]
        if not self.is_bound and broadcast is None:
            self.initial.setdefault("creation_key", uuid.uuid4())

    def clean_text(self) -> str:
        """Returns the text, refused for the reasons of the service, so that they are shown with all other errors. A
        template brings its own text."""
        text = plain_newlines(self.cleaned_data["text"])
        if text.strip() and not self.data.get("template"):
            try:
                validate_text(self.workspace, text, Message.Purpose.MARKETING)
            except DomainError as problem:
                raise forms.ValidationError(str(problem)) from problem
        return text

    def clean_content_class(self) -> str:
        return self.cleaned_data["content_class"] or MessageContent.Class.PROMOTION

    def clean_voucher_percent(self) -> int:
        return self.cleaned_data["voucher_percent"] or 0

    def clean_expires_hours(self) -> int:
        return self.cleaned_data["expires_hours"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["media"] = self.attached
        if self.errors.pop("creation_key", None):  # the field is hidden: its error could not be corrected
            data["creation_key"] = None
        channel = data.get("channel")
        if channel is not None and capabilities(channel.provider).needs_templates:
            return self._clean_template(data)
        data["template"] = None
        if not data.get("text", "").strip() and "text" not in self.errors:
            self.add_error("text", _("This field is required."))
        uses, percent = "voucher." in str(self.data.get("text", "")), data.get("voucher_percent")
        if uses and percent == 0:
            self.add_error("voucher_percent", _("The text uses a voucher. Set its discount."))
        if percent and not uses and str(self.data.get("text", "")).strip():
            self.add_error("text", _("Put “Voucher code” where the code belongs, or set the discount to 0."))
        return data

    def _clean_template(self, data: dict[str, Any]) -> dict[str, Any]:
        """Uses the template's own text. The next page asks for its variables."""
        data["text"] = ""
        self.errors.pop("text", None)
        if data.get("template") is None:
            if "template" in self.fields:
                self.add_error("template", _("Choose a template for this number."))
            else:
                message = _("This number needs an approved template. Fetch or make one under Templates.")
                self.add_error("channel", message)
        return data


class TemplateForm(Versioned):
    """A text for each variable of a template; `gaps` are the fields."""

    def __init__(self, template: Template, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gaps = [variable.key for variable in variables(template.components)]
        for variable in variables(template.components):
            self.fields[variable.key] = forms.CharField(
                label=gap_words(variable),
                max_length=500,
                help_text=variable.example,
                initial="{{ voucher.code }}" if variable.name == "code" else "",
                widget=forms.TextInput(attrs={"data-tokens": ""}),
            )


class ScheduleForm(forms.Form):
    """A date and time in the workspace's time zone, which the middleware has activated."""

    scheduled_at = Moment(label=_("Day and time"))

    def clean_scheduled_at(self) -> datetime:
        at: datetime = self.cleaned_data["scheduled_at"]
        try:
            soon = at - clock.now() <= FARTHEST
        except OverflowError:  # dates near year 1 overflow in a time zone
            soon = False
        if not soon:
            raise forms.ValidationError(_("Choose a day within the next year."))
        return at


class TestSendForm(forms.Form):
    """The phone number that gets a test message."""

    phone = forms.CharField(label=_("Your own number"), max_length=40)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = workspace.country

    def clean_phone(self) -> str:
        found = parse_phone(self.cleaned_data["phone"], self.country)
        if isinstance(found, Refusal):
            raise forms.ValidationError(phone_error(found), code=found.code)
        return found.e164
