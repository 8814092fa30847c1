"""The form fields of conditions on the data of an event (`rules.event_data`)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import EventFact, event_kind
from wabolt.journeys.rules.event_data import AT_LEAST, AT_MOST, Where
from wabolt.lib.formats import decimals_of
from wabolt.ui.searching import Choices, SearchedField

PREFIX = "fact-"
MOST = 10**15
MOST_WITHOUT_SEARCH = 12
"""A longer list of choices has a search."""


def fact_fields(workspace: Workspace, event: str) -> dict[str, forms.Field]:
    """The optional fields of what conditions can ask about an event of this kind."""
    found: dict[str, forms.Field] = {}
    for fact in event_kind(event).facts:
        if fact.is_number:
            for ending, words in ((AT_LEAST, _("%(fact)s: at least")), (AT_MOST, _("%(fact)s: at most"))):
                label = words % {"fact": fact.label}
                found[f"{PREFIX}{fact.key}{ending}"] = forms.DecimalField(
                    label=f"{label} ({workspace.currency})" if fact.is_money else label, required=False, min_value=0,
                    max_value=MOST, decimal_places=_decimals(workspace, fact),
                )  # fmt: skip
        elif fact.search is not None:
            values = Choices(partial(fact.search.find, workspace), partial(fact.search.words, workspace))
            found[f"{PREFIX}{fact.key}"] = SearchedField(values, label=str(fact.label), empty=_("Each"))
        else:
            choices = [("", _("Each")), *((str(value), words) for value, words in _listed(workspace, fact))]
            found[f"{PREFIX}{fact.key}"] = forms.ChoiceField(
                label=str(fact.label), choices=choices, required=False,
                widget=forms.Select(attrs={"data-choose": ""} if len(choices) > MOST_WITHOUT_SEARCH else {}),
            )  # fmt: skip
    return found


def fact_initial(workspace: Workspace, event: str, where: Where) -> dict[str, Any]:
    """The values of the fields for conditions. One that the form cannot show is left out."""
    found: dict[str, Any] = {}
    for fact in event_kind(event).facts:
        for name in where.keys() & _names(fact):
            value = where[name]
            if fact.is_number and isinstance(value, int):
                found[PREFIX + name] = Decimal(value).scaleb(-_decimals(workspace, fact))
            elif not fact.is_number and not isinstance(value, list) and _values(workspace, fact, str(value)):
                found[PREFIX + name] = str(value)
    return found


def conditions(workspace: Workspace, event: str, given: Mapping[str, Any], before: Where) -> dict[str, Any]:
    """The conditions of cleaned fields. `before`: those of the draft; of them, those that the fields do not show are
    kept, such as one on a product that no longer exists."""
    initial = fact_initial(workspace, event, before)
    found: dict[str, Any] = {}
    for fact in event_kind(event).facts:
        for name in _names(fact):
            value = given.get(PREFIX + name)
            if not fact.is_number and value:
                [found[name]] = _values(workspace, fact, value)
            elif fact.is_number and value is not None:
                found[name] = int(Decimal(value).scaleb(_decimals(workspace, fact)))
    return {**{name: value for name, value in before.items() if PREFIX + name not in initial}, **found}


def _decimals(workspace: Workspace, fact: EventFact) -> int:
    """The decimal places of a number in a form. The data holds money in the smallest unit of its currency."""
    return decimals_of(workspace.currency) if fact.is_money else 0


def _listed(workspace: Workspace, fact: EventFact) -> Sequence[tuple[Any, str]]:
    return fact.choices(workspace) if fact.choices is not None else ()


def _values(workspace: Workspace, fact: EventFact, text: str) -> list[Any]:
    """The value with this text in a form, in a list; empty if it does not exist."""
    if fact.search is not None:
        return list(fact.search.words(workspace, [text]))
    return [value for value, _words in _listed(workspace, fact) if str(value) == text]


def _names(fact: EventFact) -> tuple[str, ...]:
    return (fact.key + AT_LEAST, fact.key + AT_MOST) if fact.is_number else (fact.key,)
