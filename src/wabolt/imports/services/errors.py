"""Error texts for files that are refused as a whole, each with a remedy."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.lib.errors import DomainError
from wabolt.lib.tables import TableError

_MEGABYTE = 1024 * 1024
_WORDS: dict[str, Promise] = {
    "empty": _("There are no rows in this file. Nothing was imported."),
    "not_a_table": _("This file is not a table. Save it as CSV or XLSX and upload it again."),
    "not_a_table:html": _(
        "This file is a web page without a table. Open it in Excel, save it as .xlsx and upload that file."
    ),
    "not_a_table:web_archive": _(
        "This file is a saved web page. Open it in Excel, save it as .xlsx and upload that file."
    ),
    "not_a_table:xml": _("This file is XML. Open it in Excel, save it as .xlsx and upload that file."),
    "not_a_table:json": _("This file is JSON, which is made for programs. Export the list as CSV or Excel instead."),
    "not_a_table:prose": _(
        "This file has only plain sentences, no table with columns. Save the list itself from Excel and upload it."
    ),
    "not_a_table:chat": _(
        "This file is an exported WhatsApp chat: it has messages, no list of contacts. Export the contacts of your"
        " phone (a .vcf file) and upload that file."
    ),
    "not_a_table:pdf": _("This file is a PDF. Export the list as CSV or Excel from where the PDF came from."),
    "not_a_table:word": _("This file is a Word document. Copy its table into Excel and upload that file."),
    "not_a_table:presentation": _("This file is a presentation. Copy its table into Excel and upload that file."),
    "not_a_table:numbers": _("This file is from Apple Numbers. Export it there as CSV or Excel and upload that file."),
    "not_a_table:zip": _("This file is a ZIP archive. Unpack it and upload the list inside."),
    "not_a_table:picture": _("This file is a picture. Upload the list itself, as CSV or Excel."),
    "too_large": _("This file is larger than {limit} MB. Split it and upload the parts."),
    "too_heavy": _(
        "This file needs more memory or time than one upload may take. Save the list alone as CSV and upload that file."
    ),
    "too_many_columns": _("This file has more than {limit} columns. Delete the ones you do not need."),
    "cell_too_large": _("Row {row} has a cell that is too long. A quotation mark may be missing there."),
    "unclosed_quote": _("A quotation mark is opened in row {row} and never closed. Correct it and upload again."),
    "nul_bytes": _("The file is damaged at row {row}. Save it as CSV or XLSX once more."),
    "password": _("This file is protected by a password. Save it without one and upload it again."),
    "damaged": _("This file is damaged and cannot be opened. Save it once more and upload it again."),
    "disk_full": _(
        "There is no room left on the server's disk. Stored rows stay. Make room, then upload the file again."
    ),
    "interrupted": _("The import was interrupted too often. Stored rows stay. Upload the file again."),
}

_ALIKE = {
    "png": "picture", "jpeg": "picture", "gif": "picture", "gzip": "zip", "7z": "zip", "rar": "zip",
    "bzip2": "zip", "xz": "zip",
}  # fmt: skip
"""Kinds of files (`TableError.params["found"]`) that share a sentence."""


def error_text(code: str, params: Mapping[str, object]) -> str:
    """Returns the sentence for a refused file or a failed import."""
    values = {key: str(value) for key, value in params.items()}
    found = values.get("found", "")
    special = f"{code}:{_ALIKE.get(found, found)}"
    code = special if special in _WORDS else code
    if code == "too_large" and str(params.get("limit", "")).isdigit():
        values["limit"] = str(int(str(params["limit"])) // _MEGABYTE)
    try:
        return str(_WORDS.get(code, _WORDS["damaged"])).format(**values)
    except (KeyError, IndexError):
        return str(_WORDS["damaged"])


def file_error(problem: TableError) -> DomainError:
    """Returns the DomainError for a refused upload."""
    return DomainError(error_text(problem.code, problem.params), code=problem.code, field="file", **problem.params)
