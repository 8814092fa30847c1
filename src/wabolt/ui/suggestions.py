"""A text field that offers words which are known, and takes any other word too."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.forms import TextInput

MOST = 200
"""Words that one field offers."""


class Suggesting(TextInput):
    """The widget. `words()`: the known words; it is called only when the field is shown."""

    template_name = "ui/forms/suggesting.html"

    def __init__(self, words: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.words = words

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        given = context["widget"]["attrs"]
        given["list"] = f"{given.get('id') or name}-words"
        return context | {"words": list(islice(self.words(), MOST))}
