"""Rewrites a dump of pg_dump: CREATE TABLE contains the keys and the identity columns of the table.

pg_dump adds each of them with a statement of its own, and PostgreSQL then checks each foreign key with a query. That
takes a quarter of the processor time of a new database.
"""

import re
from collections import defaultdict

_TABLE = re.compile(r"CREATE TABLE public\.(\w+) \(\n((?:    .*\n)+)\);\n")
_CONSTRAINT = re.compile(
    r"ALTER TABLE ONLY public\.(\w+)\n"
    r"    ADD (CONSTRAINT \w+ (?:PRIMARY KEY|UNIQUE|FOREIGN KEY .* REFERENCES public\.(\w+)).*);\n"
)
_IDENTITY = re.compile(
    r"ALTER TABLE public\.(\w+) ALTER COLUMN (\w+) ADD (GENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY \([^)]*\));\n"
)
_PARTITION = re.compile(r"ATTACH PARTITION public\.(\w+) ")
_FILLED = re.compile(r"^INSERT INTO public\.(\w+) ", re.MULTILINE)


def inline(dump: str) -> str:
    """Returns the dump with these constraints in CREATE TABLE. A table follows those to which it refers.

    Partitions stay as they are, because their constraints are attached to those of the parent. So does a foreign key
    of a cycle, of a table with rows, or to a partitioned table.
    """
    partitions, filled = set(_PARTITION.findall(dump)), set(_FILLED.findall(dump))
    bodies = {name: body for name, body in _TABLE.findall(dump) if name not in partitions}
    parents: dict[str, list[str]] = defaultdict(list)
    for table, _what, parent in _CONSTRAINT.findall(dump):
        parents[table].append(parent)
    place = {name: number for number, name in enumerate(_sorted(bodies, parents))}
    lines: dict[str, list[str]] = defaultdict(list)

    def take_constraint(found: "re.Match[str]") -> str:
        table, what, parent = found.groups()
        is_late = parent and (table in filled or place.get(parent, len(place)) > place.get(table, -1))
        if table not in place or is_late:
            return found[0]
        lines[table].append(f"    {what}")
        return ""

    def take_identity(found: "re.Match[str]") -> str:
        table, column, what = found.groups()
        if table not in place:
            return found[0]
        bodies[table] = re.sub(rf"(?m)^(    {column} [^,\n]*)", lambda line: f"{line[1]} {what}", bodies[table])
        return ""

    rest = _IDENTITY.sub(take_identity, _CONSTRAINT.sub(take_constraint, dump))
    made = [
        f"CREATE TABLE public.{table} (\n" + ",\n".join([bodies[table].rstrip("\n"), *lines[table]]) + "\n);\n"
        for table in place
    ]

    def take_table(found: "re.Match[str]") -> str:
        """The first table is replaced by all of them."""
        if found[1] not in place:
            return found[0]
        tables = "".join(made)
        made.clear()
        return tables

    return _TABLE.sub(take_table, rest)


def _sorted(tables: dict[str, str], parents: dict[str, list[str]]) -> list[str]:
    """Returns the names of the tables, those to which others refer first."""
    found: dict[str, None] = {}
    begun: set[str] = set()

    def add(name: str) -> None:
        if name in tables and name not in begun:
            begun.add(name)
            for parent in parents[name]:
                add(parent)
            found[name] = None

    for name in tables:
        add(name)
    return list(found)
