"""Recipes: journeys to start from. Each asks a few questions and makes a complete journey, ready for its test run."""

from wabolt.journeys.recipes.greetings import GREETINGS
from wabolt.journeys.recipes.news import NEWSLETTER
from wabolt.journeys.recipes.shopping import SHOPPING
from wabolt.journeys.registry import register_recipe


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_recipe(*GREETINGS, *SHOPPING, NEWSLETTER)
