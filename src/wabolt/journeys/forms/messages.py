"""The form of a message: its text, its file, buttons, and an approved template for numbers that need one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.journeys.forms.base import StepForm
from wabolt.journeys.queries.channels import needs_template, possible_senders
from wabolt.journeys.rules import definition as d
from wabolt.lib.errors import DomainError
from wabolt.lib.web import whole_number
from wabolt.media.models import MediaFile
from wabolt.media.registry import AttachmentForm
from wabolt.messaging.models import Template
from wabolt.messaging.queries import header_file, reads_as, template_variables, templates
from wabolt.messaging.services import check_template, gap_words
from wabolt.personalization.queries import MAX_TEXT, plain_newlines, validate_text
from wabolt.ui.forms import show_refusal

MOST_BUTTONS = 3
LONGEST_BUTTON = 20
GAP = "gap:"
"""Prefix of the fields for the gaps of a template."""


class SendForm(StepForm, AttachmentForm):
    """A message."""

    conditional = ("text",)
    use_required_attribute = False  # a choice of a template shows the form again, also while fields are empty
    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"media": gettext_lazy("Picture or document")}

    text = forms.CharField(
        label=gettext_lazy("Message"), max_length=MAX_TEXT, required=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "maxlength": MAX_TEXT, "data-counter": "text-count", "data-tokens": ""}
        ),
    )  # fmt: skip
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
        gaps = {GAP + gap: liquid for gap, liquid in edited.parameters}
        return {
            **gaps, "template": edited.template,
            "text": edited.text, "buttons": ", ".join(edited.choices), "quiet": edited.quiet,
            "late": edited.not_later_minutes or 0, "purpose": edited.purpose, "content_class": edited.content_class,
            "media": edited.media,
        }  # fmt: skip

    def build(self) -> None:
        media = cast("d.Send", self.edited).media
        stored = MediaFile.objects.filter(workspace=self.workspace, pk=media).defer("data").first() if media else None
        self.attach(self.workspace, stored)
        self._asks_template()
        minutes = cast("d.Send", self.edited).not_later_minutes
        late: Any = self.fields["late"]
        if minutes and minutes not in dict(late.choices):
            late.choices = [*late.choices, (minutes, _("%(n)s minutes late") % {"n": minutes})]

    def _asks_template(self) -> None:
        """Adds the choice of a template where a number may need one, and a field for each gap of the chosen one."""
        self.template: Template | None = None
        needing = [channel.pk for channel in possible_senders(self.journey) if needs_template(channel)]
        if not needing:
            return
        approved = templates(self.workspace).filter(status="approved", channel__in=needing)
        self.fields["template"] = forms.ModelChoiceField(
            approved, label=gettext_lazy("Approved template"), required=False,
            empty_label=gettext_lazy("None: only to people who wrote in the last 24 hours"),
            widget=forms.Select(attrs={"data-submit": ""}),
            help_text=gettext_lazy("A Cloud number writes first only with a template that Meta has approved."),
        )  # fmt: skip
        chosen = self.data.get("template") if self.is_bound else cast("d.Send", self.edited).template
        self.template = approved.filter(pk=whole_number(str(chosen or "")) or 0).first()
        for variable in template_variables(self.template.components) if self.template else ():
            attrs = {"data-tokens": ""}
            self.fields[GAP + variable.key] = forms.CharField(
                label=gap_words(variable), max_length=500, help_text=variable.example,
                widget=forms.TextInput(attrs=attrs),
            )  # fmt: skip

    @property
    def is_refresh(self) -> bool:
        return self.is_bound and "template" in self.fields and self.data.get("gaps_of", "") != self.gaps_of

    @property
    def gaps_of(self) -> str:
        """The id of the template whose gaps the form shows, for a hidden field; "" for none."""
        return str(self.template.pk) if self.template else ""

    @property
    def gaps(self) -> list[forms.BoundField]:
        """The fields for the gaps of the template."""
        return [self[name] for name in self.fields if name.startswith(GAP)]

    @property
    def reads(self) -> str:
        """The message as it is typed now: Liquid, of a template with its gaps filled in."""
        if self.template is None:
            return plain_newlines(str(self["text"].value() or ""))
        filled = {field.name.removeprefix(GAP): str(field.value() or "…") for field in self.gaps}
        return reads_as(self.template.components, filled)

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
        values = super().clean()
        is_empty = self.attached is None and not values.get("text", "").strip() and self.template is None
        if is_empty and "text" not in self.errors:
            self.add_error("text", _("Write something first."))
        if self.template is not None and not self.errors:
            self._check_template(self.template)
        return values

    def _check_template(self, template: Template) -> None:
        media = self.attached if header_file(template.components) else None
        try:
            check_template(
                workspace=self.workspace, template=template, parameters=dict(self.parameters()), media=media,
                purpose=self.cleaned_data["purpose"],
            )  # fmt: skip
        except DomainError as error:
            names = {"media": "file", **{field.name.removeprefix(GAP): field.name for field in self.gaps}}
            show_refusal(self, error, names)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The texts of the gaps of a form whose fields are valid."""
        names = [field.name for field in self.gaps]
        return tuple((name.removeprefix(GAP), str(self.cleaned_data[name])) for name in names)

    def step(self) -> d.Send:
        given = self.cleaned_data
        return replace(
            cast("d.Send", self.edited), text=given["text"], media=self.attached.pk if self.attached else None,
            choices=given["buttons"], quiet=given["quiet"], not_later_minutes=given["late"] or None,
            purpose=given["purpose"], content_class=given["content_class"],
            template=self.template.pk if self.template else None, parameters=self.parameters(),
        )  # fmt: skip
