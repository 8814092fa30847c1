"""The fields, lookups and tables that rooms have registered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from wabolt.lib.segmentation.fields import EXISTENCE, FieldGroup, FieldSpec


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """A table with at most one row for each contact, which the statement joins when a leaf reads its columns.

    `condition` restricts the rows to one workspace and takes its id as the only parameter.
    """

    alias: str
    table: str
    condition: str


class Lookup(Protocol):
    """Turns the names of one kind of thing into ids before the statement is built."""

    @property
    def key(self) -> str:
        """The name that `FieldSpec.lookup` refers to."""
        ...

    @property
    def strict(self) -> bool:
        """Whether a name that is unknown is worth a warning: mostly a typing error."""
        ...

    def resolve(self, workspace: Any, words: Sequence[str]) -> "Mapping[str, Sequence[Any]] | None":
        """The ids by lower-case name, for these names. None: too many to look up, the leaf compares the words."""
        ...

    def suggest(self, workspace: Any, limit: int) -> list[str]:
        """Names to offer in a menu."""
        ...


FieldSource = Callable[[Any], Iterable[FieldSpec]]
"""Returns the fields that only one workspace has."""

_groups: dict[str, FieldGroup] = {}
_fields: dict[str, FieldSpec] = {}
_sources: dict[FieldSource, frozenset[str]] = {}
_lookups: dict[str, Lookup] = {}
_tables: dict[str, JoinedTable] = {}


def register_fields(group: FieldGroup, *specs: FieldSpec) -> None:
    """Adds a group, and fields of it. A second registration of a key replaces the first."""
    _groups[group.key] = group
    _fields.update({spec.key: spec for spec in specs})


def register_field_source(group: FieldGroup, source: FieldSource, changed_by: frozenset[str]) -> None:
    """Adds fields that differ from workspace to workspace. `changed_by`: that of all these fields together."""
    _groups[group.key] = group
    _sources[source] = changed_by


def register_lookup(lookup: Lookup) -> None:
    """Adds a lookup. A second registration of a key replaces the first."""
    _lookups[lookup.key] = lookup


def register_table(table: JoinedTable) -> None:
    """Adds a table that leaves may read. A second registration of an alias replaces the first."""
    _tables[table.alias] = table


def fields() -> tuple[FieldSpec, ...]:
    """The fields of every workspace, in the order of their groups."""
    return tuple(sorted(_fields.values(), key=lambda spec: (_groups[spec.group].order, spec.group)))


def field_sources() -> tuple[FieldSource, ...]:
    """All sources of workspaces' own fields."""
    return tuple(_sources)


def changing_kinds() -> frozenset[str]:
    """The kinds of events that can change whether some condition holds for their contact."""
    return EXISTENCE.union(*(spec.changed_by for spec in _fields.values()), *_sources.values())


def field_groups() -> tuple[FieldGroup, ...]:
    """All groups in the order of menus."""
    return tuple(sorted(_groups.values(), key=lambda group: (group.order, group.key)))


def lookups() -> Mapping[str, Lookup]:
    """All lookups by key."""
    return dict(_lookups)


def joined_tables() -> Mapping[str, JoinedTable]:
    """All tables by alias."""
    return dict(_tables)
