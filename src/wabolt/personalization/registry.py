"""What other rooms add to personalization in `AppConfig.ready()`: groups of variables."""

from wabolt.lib.personal_values import GROUPS, Values, Variable, VariableGroup, register_variables

__all__ = ["GROUPS", "Values", "Variable", "VariableGroup", "register_variables"]
