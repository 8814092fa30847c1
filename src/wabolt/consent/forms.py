"""Forms about consent."""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.consent import words
from wabolt.consent.models import Purpose
from wabolt.consent.queries import WordingCheck, check_wording
from wabolt.consent.services.wordings import MAX_LENGTH
from wabolt.lib.names import first_name

STATEMENT_MIN = 10
SHORTEST_NAME = 3


class _Said(forms.Form):
    """A form whose `statement` becomes part of the append-only ledger. `name`: the name of the contact."""

    def __init__(self, *args: Any, name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_statement(self) -> str:
        """Refuses the contact's first or full name and every long number."""
        text: str = self.cleaned_data["statement"]
        names = {word.lower() for word in (self.name, first_name(self.name)) if len(word) >= SHORTEST_NAME}
        is_named = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text.lower()) for name in names)
        if is_named or re.search(r"(?:\d[\s().-]*){8,}", text):
            message = _("Leave out names and numbers: this text stays even when the person's data is deleted.")
            raise forms.ValidationError(message, code="personal")
        return text


class GrantForm(_Said):
    """A consent that a member records: purpose, way, place and day. `today`: the date in the shop's time zone."""

    purpose = forms.ChoiceField(
        label=_("What did they agree to?"), choices=Purpose.choices, widget=forms.RadioSelect, initial=Purpose.MARKETING
    )
    place = forms.ChoiceField(label=_("Where?"), choices=list(words.PLACES.items()))
    agreed_on = forms.DateField(label=_("When?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    statement = forms.CharField(
        label=_("How did they say yes?"),
        help_text=_("It becomes the proof and stays forever, so write no names and no numbers."),
        min_length=STATEMENT_MIN,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("Asked at the till, she said yes to promotions")}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["agreed_on"].initial = today
        self.fields["agreed_on"].widget.attrs["max"] = today.isoformat()

    def clean_agreed_on(self) -> date:
        day: date = self.cleaned_data["agreed_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is in the future."))
        if day < datetime(2009, 1, 1).date():  # noqa: DTZ001  # WhatsApp did not exist
            raise forms.ValidationError(_("That is too long ago. Check the year, please."))
        return day

    def evidence(self) -> dict[str, str]:
        """Returns the valid form as evidence for the ledger."""
        data = self.cleaned_data
        return {"place": data["place"], "agreed_on": data["agreed_on"].isoformat(), "statement": data["statement"]}


class WithdrawForm(_Said):
    """A withdrawal that a member records."""

    purpose = forms.ChoiceField(
        label=_("What do they no longer want?"),
        choices=Purpose.choices,
        widget=forms.RadioSelect,
        initial=Purpose.MARKETING,
    )
    place = forms.ChoiceField(label=_("Where did they say so?"), choices=list(words.PLACES.items()))
    statement = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("It becomes the proof and stays forever, so write no names and no numbers."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def evidence(self) -> dict[str, str]:
        """Returns the valid form as evidence for the ledger."""
        evidence_values = {"place": self.cleaned_data["place"], "statement": self.cleaned_data["statement"]}
        return {key: value for key, value in evidence_values.items() if value}


class WordForm(forms.Form):
    word = forms.CharField(label=_("New word"), max_length=60)


class WordingForm(forms.Form):
    """A new version of a text. If a part is missing in a text about promotions, the member has to tick a box."""

    purpose = forms.ChoiceField(label=_("For"), choices=Purpose.choices)
    text = forms.CharField(
        label=_("Words that people agree to"),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_LENGTH}),
        help_text=_("Name your shop, WhatsApp, and how to stop. Old versions stay, because people agreed to them."),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    @property
    def is_accepted(self) -> bool:
        """Whether the member has checked the text."""
        return bool(self.data.get("wording_anyway"))

    @property
    def wording_check(self) -> WordingCheck:
        """The check of the text that the form shows."""
        return check_wording(self.workspace, self["text"].value() or "")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("purpose") == Purpose.MARKETING and data.get("text") and not self.is_accepted:
            problem = check_wording(self.workspace, data["text"]).problem
            if problem:
                self.add_error("text", problem)
        return data
