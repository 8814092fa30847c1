"""Reading tables that somebody uploads: any encoding, any delimiter, a title above the header, CSV or a workbook.

    with open_table(path) as table:
        table.columns, table.sample(3)
        for row_number, cells in table.rows():
            ...

Nothing here trusts the file: see `TableError.code` for what it can be refused for, `Limits` for how much is read.
"""

from wabolt.lib.tables.model import Limits, SkippedRow, Table, TableError
from wabolt.lib.tables.opening import open_table

__all__ = ["Limits", "SkippedRow", "Table", "TableError", "open_table"]
