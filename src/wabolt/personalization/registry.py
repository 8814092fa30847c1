"""The registry of personalization: rooms add groups of variables in `AppConfig.ready()`."""

from wabolt.lib.personal_values import GROUPS, Values, Variable, VariableGroup, register_variables

__all__ = ["GROUPS", "Values", "Variable", "VariableGroup", "register_variables"]
