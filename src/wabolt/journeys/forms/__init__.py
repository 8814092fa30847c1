"""Forms of the builder: one small form for each kind of step, and for the journey around them."""

from wabolt.journeys.forms.journey import RulesForm, SettingsForm, TextForm, TriggerForm
from wabolt.journeys.forms.recipe import RecipeForm
from wabolt.journeys.forms.steps import step_form

__all__ = ["RecipeForm", "RulesForm", "SettingsForm", "TextForm", "TriggerForm", "step_form"]
