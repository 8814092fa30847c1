"""Making journeys from recipes."""

from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.journeys.models import Journey
from wabolt.journeys.recipes import recipe_of
from wabolt.journeys.rules.definition import Definition
from wabolt.journeys.services.drafting import create_journey

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_step_id() -> str:
    """An id for a new step."""
    return get_random_string(8, _LETTERS)


def create_from_recipe(*, workspace: Workspace, key: str, by: User | None = None) -> Journey:
    """Makes a draft from a recipe, in the language that is active; an empty one for an unknown key. Raises as
    `create_journey`."""
    recipe = recipe_of(key)
    if recipe is None:
        return create_journey(workspace=workspace, name=_("New journey"), definition=Definition(), by=by)
    return create_journey(
        workspace=workspace, name=str(recipe.label), definition=recipe.build(new_step_id), recipe=recipe.key, by=by,
        settings={"importance": recipe.importance, "content_class": recipe.content_class},
    )  # fmt: skip
