"""Builds the SELECT of a segment from its compiled conditions, on the shortest path to the contacts.

The general path tests every contact of the workspace. A condition that reads no column of the contact can start from
another table: for example from the consents, or from the purchase facts joined with labels. The statement then starts
there and reads the contacts only to exclude erased ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wabolt.lib.segmentation import Sql, contained, joined_tables

_ERASED = """ AND NOT EXISTS (
    SELECT 1 FROM contacts_contact gone
    WHERE gone.id = c.id AND gone.workspace_id = %s AND gone.erased_at IS NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition with its negation applied, and the aliases whose columns it reads (`c.id` does not count)."""

    sql: Sql
    tables: frozenset[str]

    @property
    def table(self) -> str | None:
        """The alias of the joined table without whose row the condition is false; None if there is none."""
        (alias,) = self.tables if self.sql.nullable and self.tables else (None,)
        return alias if alias in joined_tables() else None


@dataclass(frozen=True, slots=True)
class Group:
    """All ("AND") or at least one ("OR") of the parts. "AND" of no parts is true, "OR" of no parts is false."""

    joining: str
    parts: "tuple[Part, ...]"


Part = Leaf | Group


def select_each(part: Part, workspace: int) -> Sql:
    """Builds the statement that tests contacts one by one. It is the fastest for the first few contacts."""
    joins, bound = _joins(_tables([part]), workspace)
    where = expression(part)
    return Sql(
        f"SELECT c.id FROM contacts_contact c{joins} WHERE c.workspace_id = %s AND c.erased_at IS NULL "
        f"AND {where.text}",
        (*bound, workspace, *where.params),
    )


def select_tests(parts: Sequence[Part], workspace: int, contacts: Sequence[int]) -> Sql:
    """Builds the statement that returns (id, whether each part holds) for those of the contacts that are not erased."""
    joins, bound = _joins(_tables(parts), workspace)
    tests = [expression(part) for part in parts]
    held = ", ".join(f"{part.text} IS TRUE" for part in tests)
    return Sql(
        f"SELECT c.id, ARRAY[{held}] FROM contacts_contact c{joins} "
        "WHERE c.workspace_id = %s AND c.erased_at IS NULL AND c.id = ANY(%s::bigint[])",
        (*(value for part in tests for value in part.params), *bound, workspace, list(contacts)),
    )


def select_all(part: Part, workspace: int) -> Sql:
    """Builds the statement that finds all contacts."""
    short = _short(part, workspace, once=True)
    if short is None:
        return select_each(part, workspace)
    return Sql(short.text + _ERASED, (*short.params, workspace))


def _short(part: Part, workspace: int, *, once: bool) -> Sql | None:
    """Builds the statement that starts from another table; None if no part allows it. `once`: without duplicate ids."""
    parts = part.parts if isinstance(part, Group) and part.joining == "AND" else (part,)
    tables = _tables(parts)
    if "c" in tables:
        return None
    leaves = [part for part in parts if isinstance(part, Leaf)]
    alias = next((leaf.table for leaf in leaves if leaf.table), None)
    source = next((leaf for leaf in leaves if leaf.sql.members and not (once and leaf.sql.is_broad)), None)
    # Members may repeat an id, rows of a joined table do not. If duplicates are harmless, the members are the smaller
    # start.
    if source and source.sql.members and not (once and alias):
        members, doubles = source.sql.members, "DISTINCT " if once else ""
        start = Sql(f"(SELECT {doubles}id FROM ({members.text}) held) c", members.params)
        return _from(start, Sql("TRUE"), [other for other in parts if other is not source], tables, workspace)
    if alias:
        joined = joined_tables()[alias]
        start = Sql(f"{joined.table} {alias} CROSS JOIN LATERAL (SELECT {alias}.contact_id AS id) c")
        return _from(start, Sql(joined.condition, (workspace,)), parts, tables - {alias}, workspace)
    for group in parts:
        if isinstance(group, Group) and group.parts:
            branches = [_short(branch, workspace, once=False) for branch in group.parts]
            ways = [way for way in branches if way is not None]
            if len(ways) == len(branches):
                start = Sql(
                    f"({' UNION '.join(way.text for way in ways)}) c",
                    tuple(value for way in ways for value in way.params),
                )
                others = [other for other in parts if other is not group]
                return _from(start, Sql("TRUE"), others, _tables(others), workspace)
    return None


def _from(start: Sql, here: Sql, parts: Sequence[Part], tables: Iterable[str], workspace: int) -> Sql:
    joins, bound = _joins(tables, workspace)
    where = expression(Group("AND", tuple(parts)))
    return Sql(
        f"SELECT c.id FROM {start.text}{joins} WHERE {here.text} AND {where.text}",
        (*start.params, *bound, *here.params, *where.params),
    )


def _tables(parts: Iterable[Part]) -> frozenset[str]:
    return frozenset().union(*(part.tables if isinstance(part, Leaf) else _tables(part.parts) for part in parts))


def _joins(tables: Iterable[str], workspace: int) -> tuple[str, tuple[int, ...]]:
    registered = joined_tables()
    aliases = sorted(set(tables) & set(registered))
    texts = (
        f" LEFT JOIN {registered[alias].table} {alias} ON {alias}.contact_id = c.id AND {registered[alias].condition}"
        for alias in aliases
    )
    return "".join(texts), (workspace,) * len(aliases)


def expression(part: Part) -> Sql:
    """Returns the part as a boolean expression about contact `c`."""
    if isinstance(part, Leaf):
        return Sql(f"({part.sql.text})", part.sql.params, holds=part.sql.holds)
    if not part.parts:
        return Sql("TRUE" if part.joining == "AND" else "FALSE")
    parts = [expression(inner) for inner in part.parts]
    if part.joining == "AND":
        parts = _together(parts)
    text = f" {part.joining} ".join(inner.text for inner in parts)
    return Sql(f"({text})", tuple(value for inner in parts for value in inner.params))


def _together(parts: list[Sql]) -> list[Sql]:
    """Combine all tests of the custom fields into one, because parsing the JSON of a row is expensive."""
    fields: dict[str, object] = {}
    others: list[Sql] = []
    for part in parts:
        if part.holds is not None and part.holds[0] not in fields:
            fields.update([part.holds])
        else:
            others.append(part)
    return [contained(fields), *others] if len(fields) > 1 else parts
