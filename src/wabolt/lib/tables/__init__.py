"""Reads uploaded tables: any encoding, any delimiter, a title above the header, CSV, workbooks, HTML or vCards.

    with open_table(path) as table:
        table.columns, table.sample(3)
        for row_number, cells in table.rows():
            ...

The package does not trust the file: `TableError.code` lists the reasons for a refusal, `Limits` the maximum sizes.
"""

from wabolt.lib.tables.model import Limits, SkippedRow, Table, TableError
from wabolt.lib.tables.opening import open_table

__all__ = ["Limits", "SkippedRow", "Table", "TableError", "open_table"]
