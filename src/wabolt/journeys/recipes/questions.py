"""Questions that several recipes ask, and the steps that follow from the answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.commerce.queries import GIVE_VOUCHER
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.checks import mentions_voucher
from wabolt.lib.errors import DomainError
from wabolt.personalization.queries import MAX_TEXT, plain_newlines

Answers = Mapping[str, Any]
Questions = Mapping[str, forms.Field]
Label = Any
"""A text, or a lazy translation."""
LONGEST_HOURS = 72
LONGEST_DAYS = 365


def text(initial: str, label: Label, *, required: bool = True, rows: int = 6) -> forms.Field:
    """A message. `initial`: our proposal, in the language of the shop."""
    attrs = {"rows": rows, "maxlength": MAX_TEXT, "data-tokens": ""}
    return forms.CharField(
        label=label, initial=initial, max_length=MAX_TEXT, required=required, widget=forms.Textarea(attrs=attrs)
    )


def days(initial: int, label: Label, *, least: int = 1, help_text: Label = "") -> forms.Field:
    """A number of days."""
    return forms.IntegerField(
        label=label, initial=initial, min_value=least, max_value=LONGEST_DAYS, help_text=help_text
    )


def hour(initial: str, label: Label) -> forms.Field:
    """A time of the day, as "HH:MM" in the answers."""
    return forms.TimeField(label=label, initial=initial, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def clock_of(answer: Any) -> str:
    """An answer of `hour` as definitions write it."""
    return answer if isinstance(answer, str) else f"{answer:%H:%M}"


def voucher(percent: int, valid: int, label: Label) -> dict[str, forms.Field]:
    """The discount of a voucher ("percent"; 0: no voucher), and how many days it is valid ("valid")."""
    return {
        "percent": forms.IntegerField(
            label=label, initial=percent, min_value=0, max_value=90,
            help_text=gettext_lazy("Each customer gets a code of their own. 0 means no voucher."),
        ),
        "valid": days(valid, gettext_lazy("Valid for how many days?")),
    }  # fmt: skip


def gift(step_id: str, answers: Answers) -> Iterator[d.Step]:
    """The step that gives the voucher of the answers, if there is one."""
    if answers["percent"]:
        yield d.Act(step_id, GIVE_VOUCHER, {"percent": answers["percent"], "days": answers["valid"]})


def chosen_text(answers: Answers, name: str, ours: str, without_voucher: str) -> str:
    """The message of an answer. Our own proposal `ours` becomes `without_voucher` if the shop gives no voucher. Raises
    DomainError for another text that names a voucher."""
    written = plain_newlines(str(answers[name])).strip()
    if answers["percent"] or not mentions_voucher(written):
        return written
    if written == ours:
        return without_voucher
    message = _("The text names a voucher. Take it out of the text, or say how big the discount is.")
    raise DomainError(message, code="no_voucher", field=name)
