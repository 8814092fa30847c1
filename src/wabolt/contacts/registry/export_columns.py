"""Columns that other rooms add to the export of contacts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.lib.spreadsheets import Cell


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """Columns that are read together.

    `labels`: their names. `read(workspace, contact_ids)`: for one batch of contacts as many cells as there are labels,
    by contact id; a missing contact has empty cells.
    """

    key: str
    labels: tuple[str | Promise, ...]
    read: Callable[[Workspace, Sequence[int]], Mapping[int, tuple[Cell, ...]]]
    order: int = 100


_columns: dict[str, ExportColumn] = {}


def register_export_column(column: ExportColumn) -> None:
    """Adds a column. A second registration of a key replaces the first."""
    _columns[column.key] = column


def export_columns() -> list[ExportColumn]:
    """All columns in order."""
    return sorted(_columns.values(), key=lambda column: (column.order, column.key))
