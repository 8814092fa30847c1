"""The choice of one of thousands: radio buttons of what a search has found, and the search itself.

The form is shown again for each search, with the values that were typed meanwhile. With scripts this happens while the
member types; without them, the button "Search" or the Enter key does it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Field, Widget
from django.utils.translation import gettext as _

MOST = 12
"""Choices that are shown; of more than these a part is searched for."""
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """The values to choose from.

    `find(text, most)`: the first ones whose words contain the text, as (value, words); all for "". `words(values)`: the
    words of these values, without those that do not exist.
    """

    find: Callable[[str, int], Sequence[tuple[str, str]]]
    words: Callable[[Collection[str]], Mapping[str, str]]


class SearchedRadios(Widget):
    """The widget. `empty`: the words of the choice of none."""

    template_name = "ui/forms/searched.html"
    input_type = "radio"
    use_fieldset = True

    def __init__(self, choices: Choices, label: str, empty: str) -> None:
        super().__init__()
        self.choices, self.label, self.empty = choices, label, empty
        self.typed = self.shown = ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        """Returns the chosen value, and notes the search and the search whose result was shown."""
        self.typed = str(data.get(f"{name}-search", ""))[:LONGEST].strip()
        self.shown = str(data.get(f"{name}-shown", "")).strip()
        return str(data.get(name, ""))

    def searches(self, data: Mapping[str, Any], name: str) -> bool:
        """Whether a search was typed whose result has not been shown: the form is shown again instead of saved."""
        self.value_from_datadict(data, None, name)
        return self.typed != self.shown

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = value if isinstance(value, str) else ""
        found = list(self.choices.find(self.typed, MOST + 1))
        options = [("", self.empty), *self.choices.words([chosen]).items()]
        options += [pair for pair in found[:MOST] if pair[0] != chosen]
        context["widget"] |= {
            "options": options, "chosen": chosen if chosen in dict(options) else "", "label": self.label,
            "typed": self.typed, "has_more": len(found) > MOST, "none_found": bool(self.typed) and not found,
            "has_search": bool(self.typed) or len(found) > MOST,
        }  # fmt: skip
        return context


class SearchedField(Field):
    """An optional choice. `clean` returns the value, "" for none."""

    widget: SearchedRadios

    def __init__(self, choices: Choices, *, label: str, empty: str) -> None:
        super().__init__(required=False, label=label, widget=SearchedRadios(choices, label, empty))

    def clean(self, value: Any) -> str:
        """Raises ValidationError for a value that does not exist."""
        if not value:
            return ""
        if value not in self.widget.choices.words([value]):
            raise ValidationError(_("Choose one of the list."))
        return str(value)
