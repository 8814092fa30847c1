"""The registry of values that a text may use for one person. `personalization.registry` re-exports it.

It is in `lib` because rooms below `personalization` register groups too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Values = Mapping[str, Any]
"""{name without the prefix: value}: text, number, bool, date, ISO date, or None."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`name`: as it is written in a text ("orders.count"). `label`: what pages call it. `example`: a sample value as a
    person reads it."""

    name: str
    label: str | Promise
    example: str


@dataclass(frozen=True, slots=True)
class VariableGroup:
    """The variables with one prefix.

    `variables(workspace)`: what a text of this workspace may use. `load(workspace, contact_ids)`: {contact id: values}
    in a fixed number of statements, for a contact without values {} or nothing; None if the values come with the
    message (`Message.variables`), as a voucher does, or are settings of the shop (`is_setting`). `dates`: names of the
    values that are days.
    """

    prefix: str
    variables: Callable[[Any], Sequence[Variable]]
    load: Callable[[Any, Sequence[int]], Mapping[int, Values]] | None = None
    dates: frozenset[str] = frozenset()
    is_setting: bool = False

    @property
    def is_in_any_message(self) -> bool:
        """Whether each message has these values, not only those that bring them."""
        return self.load is not None or self.is_setting


GROUPS: dict[str, VariableGroup] = {}
"""By prefix, in the order in which pages show them."""


def register_variables(group: VariableGroup) -> None:
    """Adds a group. Raises ValueError for a prefix that another room registered."""
    if GROUPS.setdefault(group.prefix, group) != group:
        raise ValueError(f"the variables {group.prefix}.* are registered already")
