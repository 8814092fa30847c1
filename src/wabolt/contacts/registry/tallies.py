"""Counts that are kept up to date by triggers. A room registers its own in `AppConfig.ready()` (docs/adr/0026)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.migrations import RunSQL

from wabolt.lib.sql import statement


@dataclass(frozen=True, slots=True)
class TallySource:
    """Sums over the rows of one table.

    `name`: lower-case letters and underscores, at most 40 characters; part of the names of the triggers.
    `table`: the table whose rows are summed.
    `rows`: a SELECT of (workspace_id, subject, part, amount) over `{rows}`, which is the table or the rows that a
    statement has changed. `subject` is an id, for example of a broadcast. `part` is a word, for example a state. The
    SELECT may join other tables only by columns that never change.
    """

    name: str
    table: str
    rows: str

    def plain(self) -> str:
        """The SELECT over the whole table: the definition of the sums."""
        return self.rows.format(rows=self.table)


_sources: dict[str, TallySource] = {}


def register_tally(source: TallySource) -> None:
    """Adds a source. A second registration of a name replaces the first."""
    _sources[source.name] = source


def tally_sources() -> Mapping[str, TallySource]:
    """All registered sources by name."""
    return dict(_sources)


_INTO = "INSERT INTO contacts_tally (workspace_id, name, subject, part, amount)"
_CREATE = statement(__file__, "create_tally")
_DROP = """
DROP TRIGGER contacts_tally_{name}_insert ON {table};
DROP TRIGGER contacts_tally_{name}_update ON {table};
DROP TRIGGER contacts_tally_{name}_delete ON {table};
DROP FUNCTION contacts_tally_{name}();
DELETE FROM contacts_tally WHERE name = '{name}';
"""
_CORRECT = """
INSERT INTO contacts_tally (workspace_id, name, subject, part, amount)
SELECT workspace_id, '{name}', subject, part, sum(amount)
  FROM (SELECT workspace_id, subject, part, amount FROM ({plain}) AS p
        UNION ALL
        SELECT workspace_id, subject, part, -amount FROM contacts_tally WHERE name = '{name}') AS difference
 GROUP BY 1, 3, 4 HAVING sum(amount) <> 0
"""


def keep_tally(source: TallySource) -> RunSQL:
    """The migration operation that creates the triggers of a source and its first sums. The table is locked against
    writes until the migration commits, so no row is missed."""
    create = _CREATE.format(
        name=source.name,
        table=source.table,
        into=_INTO,
        fresh=source.rows.format(rows="fresh_rows"),
        stale=source.rows.format(rows="stale_rows"),
        correct=correction(source),
    )
    return RunSQL(create, _DROP.format(name=source.name, table=source.table))


def correction(source: TallySource) -> str:
    """The statement that adds the difference between the definition and the kept sums of a source. It uses one
    snapshot, so concurrent writers do not disturb it."""
    return _CORRECT.format(name=source.name, plain=source.plain())
