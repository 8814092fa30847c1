"""Forms of messaging: templates and prices."""

from datetime import date
from typing import Any

from django import forms
from django.db import connection
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.rules import header_file, variables
from wabolt.messaging.message_templates.services import gap_words
from wabolt.messaging.outbox.queries import Price
from wabolt.messaging.sendable_files import accepted_files
from wabolt.ui.versions import Versioned


def template_channels(workspace: Workspace) -> list[Channel]:
    """Channels in use whose vendor approves templates."""
    found = Channel.objects.filter(workspace=workspace, archived_at=None, provider__in=_names())
    return list(found.order_by("pk"))


def has_template_channels(workspace: Workspace) -> bool:
    """Whether `template_channels` would find any. Every page asks, so the statement is not built by the ORM."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM channels_channel"
            " WHERE workspace_id = %s AND archived_at IS NULL AND provider = ANY(%s))",
            [workspace.pk, _names()],
        )
        return bool(cursor.fetchone()[0])


def _names() -> list[str]:
    return [name for name in registry.PROVIDERS if registry.capabilities(name).needs_templates]


class NewTemplateForm(forms.Form):
    """A simple template to submit for approval."""

    LANGUAGES = (("id", _("Indonesian")), ("en", _("English")))

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Number"), empty_label=None)
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Small letters, digits and _ only, for example promo_lebaran.")
    )
    category = forms.ChoiceField(
        label=_("Category"),
        choices=[("marketing", _("Promotion")), ("utility", _("Notice about an order or account"))],
        help_text=_("Meta decides the price by it, and changes it when it does not fit."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    body = forms.CharField(
        label=_("Text"),
        max_length=1024,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Write gaps as {{1}}, {{2}} … You fill them when you send."),
    )
    file = forms.FileField(
        label=_("Picture or document on top"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.docx,.xlsx,.pptx"}),
        help_text=_("A sample for Meta. With each broadcast you choose the one that is sent."),
    )
    examples = forms.CharField(
        label=_("Examples for the gaps"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One line for each gap. Meta looks at them."),
    )
    footer = forms.CharField(
        label=_("Last line"),
        max_length=60,
        required=False,
        initial="Balas STOP untuk berhenti",
        help_text=_("A promotion has to say how to stop."),
    )
    buttons = forms.CharField(
        label=_("Reply buttons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Up to three, one in each line."),
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [channel.pk for channel in template_channels(workspace)]
        self.fields["channel"].queryset = Channel.objects.filter(pk__in=ids)  # type: ignore[attr-defined]

    def clean_examples(self) -> list[str]:
        return str(self.cleaned_data["examples"]).splitlines()

    def clean_buttons(self) -> list[str]:
        return str(self.cleaned_data["buttons"]).splitlines()


class TemplateChoiceForm(forms.Form):
    """The approved template to send to one contact."""

    template = forms.ModelChoiceField(Template.objects.none(), label=_("Approved template"), empty_label=None)

    def __init__(self, choices: list[Template], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [template.pk for template in choices]
        self.fields["template"].queryset = Template.objects.filter(pk__in=ids).order_by("name")  # type: ignore[attr-defined]


class PersonalTemplateForm(forms.Form):
    """The values of a template's gaps for one contact, and the file in its header."""

    def __init__(self, template: Template, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [variable.key for variable in variables(template.components)]
        for variable in variables(template.components):
            self.fields[variable.key] = forms.CharField(
                label=gap_words(variable), max_length=500, help_text=variable.example
            )
        if header_file(template.components):
            accept = {"accept": accepted_files(template.channel)}
            self.fields["file"] = forms.FileField(
                label=_("Picture or document on top"), required=False, widget=forms.FileInput(attrs=accept)
            )

    def texts(self) -> dict[str, str]:
        """The values of the gaps as they were entered, valid or not."""
        return {key: str(self[key].value() or "") for key in self.keys}


class PriceForm(Versioned):
    """The shop's own prices, in rupiah per message."""

    LABELS = {
        "marketing": _("Promotion"),
        "utility": _("Notice"),
        "authentication": _("One-time code"),
        "service": _("Answer within 24 hours"),
    }
    as_of = forms.DateField(label=_("Prices as of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, table: dict[str, Price], *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={price.category: price.amount for price in table.values()}, **kwargs)
        self.fields["as_of"].initial = today
        for price in table.values():
            self.fields[price.category] = forms.IntegerField(
                label=self.LABELS.get(price.category, price.category),
                min_value=0,
                max_value=1_000_000,
            )

    def amounts(self) -> dict[str, int]:
        """{category: amount in the smallest currency unit}."""
        return {name: value for name, value in self.cleaned_data.items() if name != "as_of"}
