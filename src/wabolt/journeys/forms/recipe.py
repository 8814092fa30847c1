"""The form with the questions of a recipe."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from wabolt.accounts.models import Workspace
from wabolt.journeys.registry import Recipe
from wabolt.journeys.services import questions_of
from wabolt.lib.errors import DomainError
from wabolt.personalization.queries import plain_newlines, validate_text


class RecipeForm(forms.Form):
    """The questions of a recipe; its messages are checked like those of the builder."""

    def __init__(self, workspace: Workspace, recipe: Recipe, *args: Any) -> None:
        super().__init__(*args)
        self.workspace = workspace
        self.fields.update(questions_of(workspace, recipe))

    @property
    def last_message(self) -> str:
        """The name of the last field that holds a message; the words to insert are shown under it."""
        return self._texts()[-1]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in self._texts():
            if not values.get(name):
                continue
            values[name] = plain_newlines(values[name])
            try:
                validate_text(self.workspace, values[name], "marketing")
            except DomainError as error:
                self.add_error(name, ValidationError(str(error)))
        return values

    def _texts(self) -> list[str]:
        return [name for name, field in self.fields.items() if isinstance(field.widget, forms.Textarea)]
