"""Forms of the privacy desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.lib import clock
from wabolt.lib.retention import retention_classes
from wabolt.lib.text import storable
from wabolt.privacy.breach_letters import CATEGORY_WORDS
from wabolt.privacy.models import Breach, DataRequest, PrivacySettings
from wabolt.privacy.rules import words_of
from wabolt.segments.models import Segment
from wabolt.ui.moments import Moment
from wabolt.ui.versions import Versioned

MONTHS = (3, 6, 12, 24, 36, 60, 120)


class RequestForm(forms.Form):
    """The request, as a member or the person writes it."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked for"), choices=DataRequest.Kind)
    details = forms.CharField(
        label=gettext_lazy("Details"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
        help_text=gettext_lazy("For a correction: what is wrong, and what is right."),
    )


class ReasonForm(forms.Form):
    """A reason that the person reads."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000})
    )


class NoteForm(forms.Form):
    """A note in the history of a request."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 1000})
    )


class OwnerForm(forms.Form):
    """The member who answers a request."""

    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Responsible"), required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.filter(workspace=workspace).exclude(role="viewer").values("user")
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(pk__in=members).order_by("name", "email")
        field.empty_label = _("Nobody yet")


class SettingsForm(Versioned, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The texts of the privacy page and the letters."""

    class Meta:
        model = PrivacySettings
        fields = (
            "business_name", "address", "contact_person", "contact_email", "contact_phone", "processors", "extra",
            "agency_name", "agency_address",
        )  # fmt: skip
        labels = {
            "business_name": gettext_lazy("Name of the business"),
            "address": gettext_lazy("Address"),
            "contact_person": gettext_lazy("Who answers questions about data"),
            "contact_email": gettext_lazy("E-mail"),
            "contact_phone": gettext_lazy("Phone"),
            "processors": gettext_lazy("Who else works with the data"),
            "extra": gettext_lazy("Your own paragraph"),
            "agency_name": gettext_lazy("Agency that gets a letter about a breach"),
            "agency_address": gettext_lazy("Address of the agency"),
        }
        help_texts = {
            "contact_person": "",  # the help text of the model is for engineers
            "business_name": gettext_lazy("Empty: the name of the shop."),
            "processors": gettext_lazy("One a line, for example the company of your server, or of your accounts."),
            "extra": gettext_lazy("Shown on the privacy page above the rights. Empty: nothing."),
            "agency_name": gettext_lazy("Ask the ministry (Komdigi) for the present addressee."),
        }
        widgets = {
            "processors": forms.Textarea(attrs={"rows": 3}),
            "extra": forms.Textarea(attrs={"rows": 4}),
            "address": forms.Textarea(attrs={"rows": 2}),
            "agency_address": forms.Textarea(attrs={"rows": 2}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {key: storable(value) if isinstance(value, str) else value for key, value in cleaned.items()}


class WordsForm(Versioned):
    """The words of each kind of request, one a line."""

    def __init__(self, *args: Any, own: dict[str, list[str]], **kwargs: Any) -> None:
        shown = {kind: "\n".join(words) for kind, words in words_of(own).items()}
        super().__init__(*args, **kwargs | {"initial": shown})
        for kind, words in words_of(own).items():
            self.fields[kind] = forms.CharField(
                label=str(DataRequest.Kind(kind).label),
                required=False,
                max_length=1300,
                widget=forms.Textarea(attrs={"rows": min(len(words) + 1, 8)}),
            )

    def words(self) -> dict[str, list[str]]:
        """{kind: words} of a valid form."""
        return {kind: str(text).splitlines() for kind, text in self.cleaned_data.items()}


class RetentionForm(Versioned):
    """The months that each class of data is kept."""

    def __init__(self, *args: Any, chosen: dict[str, int], **kwargs: Any) -> None:
        shown = {data.key: chosen.get(data.key, "") for data in retention_classes()}
        super().__init__(*args, **kwargs | {"initial": shown})
        for data in retention_classes():
            months = sorted(
                {*(one for one in MONTHS if one >= data.least_months), *filter(None, [chosen.get(data.key)])}
            )
            self.fields[data.key] = forms.TypedChoiceField(
                label=str(data.label),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", _("Keep")), *((one, _months(one)) for one in months)],
                help_text=str(data.effect),
            )


def _months(count: int) -> str:
    if count % 12 == 0:
        years = count // 12
        return ngettext("Remove after %(count)s year", "Remove after %(count)s years", years) % {"count": years}
    return ngettext("Remove after %(count)s month", "Remove after %(count)s months", count) % {"count": count}


class BreachForm(Versioned):
    """One step of the wizard; `STEPS` says which fields it shows."""

    STEPS = (
        ("title", "known_at", "happened_from", "happened_until", "cause"),
        ("categories", "people", "segment"),
        ("risk", "measures", "advice"),
    )
    title = forms.CharField(label=gettext_lazy("What is it called"), max_length=120,
                            help_text=gettext_lazy("For yourself, for example: lost phone of the till."))  # fmt: skip
    known_at = Moment(label=gettext_lazy("When did you learn of it"))
    happened_from = Moment(label=gettext_lazy("It began"), required=False)
    happened_until = Moment(label=gettext_lazy("It ended"), required=False)
    cause = forms.CharField(label=gettext_lazy("What happened, and how"), max_length=2000, required=False,
                            widget=forms.Textarea(attrs={"rows": 5}))  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Which data"), choices=list(CATEGORY_WORDS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    people = forms.IntegerField(label=gettext_lazy("How many people"), required=False, min_value=0, max_value=10**9,
                                help_text=gettext_lazy("As far as you know. Empty: not known yet."))  # fmt: skip
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=gettext_lazy("Which customers"), required=False,
        help_text=gettext_lazy("A segment with these people. Only needed if you want to tell them on WhatsApp."),
    )  # fmt: skip
    risk = forms.CharField(label=gettext_lazy("What may follow for these people"), max_length=2000, required=False,
                           widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    measures = forms.CharField(label=gettext_lazy("What you have done, and will do"), max_length=2000, required=False,
                               widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    advice = forms.CharField(label=gettext_lazy("What these people can do themselves"), max_length=1000, required=False,
                             widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip

    def __init__(
        self, *args: Any, workspace: Workspace, step: int, breach: Breach | None = None, **kwargs: Any
    ) -> None:
        initial = {name: getattr(breach, name) for name in self.STEPS[step]} if breach else {"known_at": clock.now()}
        self.edits = breach is not None
        super().__init__(*args, **kwargs | {"initial": initial})
        for name in list(self.fields):
            if name not in (*self.STEPS[step], "version", "overwrite"):
                del self.fields[name]
        segment = self.fields.get("segment")
        if isinstance(segment, forms.ModelChoiceField):
            segment.queryset = Segment.objects.filter(workspace=workspace).order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {key: storable(value) if isinstance(value, str) else value for key, value in cleaned.items()}
