"""Making journeys from recipes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import Recipe, recipe_of
from wabolt.journeys.rules.definition import Definition
from wabolt.journeys.services.drafting import create_journey

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_step_id() -> str:
    """An id for a new step."""
    return get_random_string(8, _LETTERS)


def questions_of(workspace: Workspace, recipe: Recipe) -> Mapping[str, forms.Field]:
    """The questions of a recipe. Its texts are proposed in the language of the shop."""
    with override(workspace.language):
        return recipe.questions(workspace)


def create_from_recipe(
    *, workspace: Workspace, key: str, answers: Mapping[str, Any] | None = None, by: User | None = None
) -> Journey:
    """Makes a draft from a recipe; an empty one for an unknown key. `answers`: cleaned values of some of its questions,
    the others keep what the recipe proposes. Raises DomainError whose `field` names a question, and as
    `create_journey`."""
    recipe = recipe_of(key)
    if recipe is None:
        return create_journey(workspace=workspace, name=_("New journey"), definition=Definition(), by=by)
    proposed = {name: field.initial for name, field in questions_of(workspace, recipe).items()}
    with override(workspace.language):
        definition = recipe.build({**proposed, **(answers or {})}, new_step_id)
    return create_journey(
        workspace=workspace, name=str(recipe.label), definition=definition, recipe=recipe.key, by=by,
        settings={"importance": recipe.importance, "content_class": recipe.content_class},
    )  # fmt: skip
