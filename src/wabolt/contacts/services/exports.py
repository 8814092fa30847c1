"""Contacts as a spreadsheet file. Text that a person typed never becomes a formula."""

from collections.abc import Iterable, Iterator
from datetime import date
from tempfile import TemporaryFile

from django.utils import translation
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts import queries
from wabolt.contacts.models import Contact, Field, Identity
from wabolt.contacts.registry import export_columns
from wabolt.lib import formats
from wabolt.lib.birthdays import has_year
from wabolt.lib.spreadsheets import Cell, csv_chunks, write_xlsx

MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The formats of an export."""


def export_contacts(workspace: Workspace, batches: Iterable[list[int]], kind: str) -> Iterator[bytes]:
    """Returns the contacts of these batches of ids as a file of `kind` (a key of MIME_TYPES), in pieces and in the
    active language. CSV has the format that Excel in Indonesia opens. Ids of other workspaces are ignored."""
    fields = list(queries.fields(workspace))
    found = rows(workspace, fields, batches, _language())
    if kind == "csv":
        return csv_chunks(header(fields), found, tz=workspace.tz)
    return _workbook(workspace, header(fields), found, str(_("Contacts")))


def _workbook(workspace: Workspace, names: list[str], rows: Iterable[list[Cell]], sheet: str) -> Iterator[bytes]:
    with TemporaryFile() as file:
        write_xlsx(file, names, rows, sheet=sheet, tz=workspace.tz)
        file.seek(0)
        while piece := file.read(64 * 1024):
            yield piece


def header(fields: Iterable[Field]) -> list[str]:
    """The names of the columns."""
    return [
        *(_("Name"), _("WhatsApp number"), _("Your own customer code"), _("City"), _("Gender"), _("Date of birth")),
        *(_("E-mail"), _("Source"), _("Labels"), _("Added on")),
        *(str(label) for column in export_columns() for label in column.labels),
        *(field.label for field in fields),
    ]


def _language() -> str:
    """Returns the language of the request. The rows are made after its view, when it is no longer active."""
    return translation.get_language() or "id"


def rows(
    workspace: Workspace, fields: list[Field], batches: Iterable[list[int]], language: str
) -> Iterator[list[Cell]]:
    """Yields a row for each contact. The number of statements per batch is fixed."""
    for ids in batches:
        contacts = queries.contacts(workspace).in_bulk(ids)
        labels, phones = queries.tags_of(ids), queries.phones_of(workspace, ids)
        coded = Identity.objects.filter(workspace=workspace, contact_id__in=ids, kind=Identity.Kind.CODE).order_by("id")
        codes = dict(coded.values_list("contact_id", "value"))
        with translation.override(language):
            added = [(column, column.read(workspace, ids)) for column in export_columns()]
            found = [
                [
                    *_own_cells(contact, phones, codes, labels),
                    *(cell for column, cells in added for cell in cells.get(contact.pk, ("",) * len(column.labels))),
                    *(_own(contact.fields.get(field.key)) for field in fields),
                ]
                for contact_id in ids
                if (contact := contacts.get(contact_id))
            ]
        yield from found


def _own_cells(
    contact: Contact, phones: dict[int, str], codes: dict[int, str], labels: dict[int, list[str]]
) -> list[Cell]:
    return [
        contact.name,
        phones.get(contact.pk, ""),
        codes.get(contact.pk, ""),
        contact.city,
        str(contact.get_gender_display()) if contact.gender else "",
        _birthday(contact.birth_date),
        contact.email,
        contact.source,
        ", ".join(labels.get(contact.pk, [])),
        contact.created_at,
    ]


def _birthday(day: date | None) -> Cell:
    """A date, or text if its year is unknown: spreadsheets have no days before 1900."""
    return day if day is None or has_year(day) else formats.birthday(day, _language())


def _own(value: Cell) -> Cell:
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else value
