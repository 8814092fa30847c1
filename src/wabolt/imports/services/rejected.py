"""The file of refused rows, which the owner corrects and imports again."""

from collections.abc import Iterator

from django.utils import translation
from django.utils.translation import gettext as _

from wabolt.imports.models import Import
from wabolt.imports.registry import reason
from wabolt.lib.spreadsheets import Cell, csv_chunks


def rejected_csv(imported: Import, language: str) -> Iterator[bytes]:
    """Returns a CSV file: row number, reason in `language`, and the original cells."""
    with translation.override(language):
        header = [_("Row"), _("Reason"), *map(str, imported.columns)]
    return csv_chunks(header, _rows(imported, language))


def _rows(imported: Import, language: str) -> Iterator[list[Cell]]:
    for row in imported.rejections.order_by("row").iterator(2000):
        # The override must not span a yield: between two rows the thread runs other code.
        with translation.override(language):
            why = reason(row.code, row.params)
        yield [row.row, why, *map(str, row.cells)]
