"""Contacts as a file for a spreadsheet. Nothing a person typed can run there as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from tempfile import NamedTemporaryFile
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from wabolt.accounts.models import Workspace
from wabolt.contacts import queries
from wabolt.contacts.models import Contact, Field, Identity
from wabolt.lib.text import escape_formula

ROWS_OF_A_SHEET = 1_000_000


def csv_lines(workspace: Workspace, batches: Iterable[list[int]]) -> Iterator[str]:
    """CSV with a BOM, in pieces, as Excel in Indonesia opens it (semicolons)."""
    yield "\ufeff"
    for row in rows(workspace, batches):
        line = io.StringIO()
        csv.writer(line, delimiter=";").writerow([escape_formula(cell) for cell in row])
        yield line.getvalue()


def xlsx(workspace: Workspace, batches: Iterable[list[int]]) -> bytes:
    """A workbook of one sheet, every cell a text; at most a million rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Contacts"))
    for number, row in enumerate(rows(workspace, batches)):
        if number > ROWS_OF_A_SHEET:
            break
        sheet.append([_text_cell(sheet, cell) for cell in row])
    with NamedTemporaryFile() as file:
        book.save(file.name)
        file.seek(0)
        return file.read()


def rows(workspace: Workspace, batches: Iterable[list[int]]) -> Iterator[list[str]]:
    """The header, then a row for each contact, four statements for each batch."""
    fields = list(queries.fields(workspace))
    yield [
        *(_("Name"), _("WhatsApp number"), _("Your own customer code"), _("City"), _("Gender"), _("Date of birth")),
        *(_("E-mail"), _("Source"), _("Labels"), _("Added on")),
        *(field.label for field in fields),
    ]
    for ids in batches:
        contacts = queries.contacts(workspace).in_bulk(ids)
        labels, phones = queries.tags_of(ids), queries.phones_of(workspace, ids)
        coded = Identity.objects.filter(workspace=workspace, contact_id__in=ids, kind=Identity.Kind.CODE).order_by("id")
        codes = dict(coded.values_list("contact_id", "value"))
        for contact_id in ids:
            if contact := contacts.get(contact_id):
                yield _row(workspace, contact, fields, phones, codes, labels)


def _row(
    workspace: Workspace,
    contact: Contact,
    fields: list[Field],
    phones: dict[int, str],
    codes: dict[int, str],
    labels: dict[int, list[str]],
) -> list[str]:
    return [
        contact.name,
        phones.get(contact.pk, ""),
        codes.get(contact.pk, ""),
        contact.city,
        str(contact.get_gender_display()) if contact.gender else "",
        contact.birth_date.isoformat() if contact.birth_date else "",
        contact.email,
        contact.source,
        ", ".join(labels.get(contact.pk, [])),
        contact.created_at.astimezone(workspace.tz).strftime("%Y-%m-%d %H:%M"),
        *(_own(contact.fields.get(field.key)) for field in fields),
    ]


def _own(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return "" if value is None else str(value)


def _text_cell(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=escape_formula(text))
    cell.data_type = "s"
    return cell
