"""Contacts as a file for a spreadsheet. Nothing a person typed can run there as a formula."""

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile

from django.utils import translation
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts import queries
from wabolt.contacts.models import Contact, Field, Identity
from wabolt.lib.spreadsheets import Cell, csv_chunks, write_xlsx


def csv_file(workspace: Workspace, batches: Iterable[list[int]]) -> Iterator[bytes]:
    """CSV in pieces, as Excel in Indonesia opens it, in the language of whoever asks."""
    fields = list(queries.fields(workspace))
    return csv_chunks(header(fields), rows(workspace, fields, batches, _language()), tz=workspace.tz)


def xlsx_file(workspace: Workspace, batches: Iterable[list[int]]) -> Iterator[bytes]:
    """A workbook in pieces, in the language of whoever asks."""
    fields = list(queries.fields(workspace))
    found = rows(workspace, fields, batches, _language())
    return _workbook(workspace, header(fields), found, str(_("Contacts")))


def _workbook(workspace: Workspace, names: list[str], found: Iterable[list[Cell]], sheet: str) -> Iterator[bytes]:
    with TemporaryFile() as file:
        write_xlsx(file, names, found, sheet=sheet, tz=workspace.tz)
        file.seek(0)
        while piece := file.read(64 * 1024):
            yield piece


def header(fields: Iterable[Field]) -> list[str]:
    """The names of the columns."""
    return [
        *(_("Name"), _("WhatsApp number"), _("Your own customer code"), _("City"), _("Gender"), _("Date of birth")),
        *(_("E-mail"), _("Source"), _("Labels"), _("Added on")),
        *(field.label for field in fields),
    ]


def _language() -> str:
    """That of the request. The rows are made after its view, when it is no longer the active one."""
    return translation.get_language() or "id"


def rows(
    workspace: Workspace, fields: list[Field], batches: Iterable[list[int]], language: str
) -> Iterator[list[Cell]]:
    """A row for each contact, four statements for each batch."""
    for ids in batches:
        contacts = queries.contacts(workspace).in_bulk(ids)
        labels, phones = queries.tags_of(ids), queries.phones_of(workspace, ids)
        coded = Identity.objects.filter(workspace=workspace, contact_id__in=ids, kind=Identity.Kind.CODE).order_by("id")
        codes = dict(coded.values_list("contact_id", "value"))
        for contact_id in ids:
            if contact := contacts.get(contact_id):
                with translation.override(language):
                    row = _row(contact, fields, phones, codes, labels)
                yield row


def _row(
    contact: Contact,
    fields: list[Field],
    phones: dict[int, str],
    codes: dict[int, str],
    labels: dict[int, list[str]],
) -> list[Cell]:
    return [
        contact.name,
        phones.get(contact.pk, ""),
        codes.get(contact.pk, ""),
        contact.city,
        str(contact.get_gender_display()) if contact.gender else "",
        contact.birth_date,
        contact.email,
        contact.source,
        ", ".join(labels.get(contact.pk, [])),
        contact.created_at,
        *(_own(contact.fields.get(field.key)) for field in fields),
    ]


def _own(value: Cell) -> Cell:
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else value
