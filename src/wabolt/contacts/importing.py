"""Registers the kind "contacts" with the import engine: its functions, its start step and its words."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.contacts.forms import PermissionForm
from wabolt.contacts.services import imports
from wabolt.contacts.services.reasons import REASONS, TITLES
from wabolt.imports.models import Import
from wabolt.imports.registry import Importer, NextStep, StartStep, register, register_next_step, register_reasons


def _consent_column(imported: Import) -> str:
    return next((imported.columns[int(i)] for i, target in imported.mapping.items() if target == "consent"), "")


def _permission(imported: Import) -> dict[str, Any]:
    """Returns the column with the target "consent" and the counted answers."""
    return {"column": _consent_column(imported), "counts": imports.count_permissions(imported)}


def _permission_notices(imported: Import) -> list[str]:
    counts = imports.count_permissions(imported)
    if counts is None:
        return []
    notices = [_("Permission: %(yes)s rows say yes, %(no)s say no.") % {"yes": counts.yes, "no": counts.no}]
    if not counts.whole:
        notices.append(_("Counted among the first %s rows.") % f"{imports.COUNTED:,}")
    if counts.ending:
        words = ngettext(
            "%s person who had agreed says no now: the permission ends.",
            "%s people who had agreed say no now: their permission ends.",
            counts.ending,
        )
        notices.append(words % counts.ending)
    return notices


def _permission_result(imported: Import) -> dict[str, Any]:
    """Returns what became of permissions: those that ended, and the answers that recorded none: each yes, because the
    owner did not write where and how people agreed (`unproven`), and each no (`refused`)."""
    return {
        "column": _consent_column(imported),
        "ended": imported.warnings.get(imports.ENDED),
        "unproven": imported.warnings.get(imports.UNPROVEN),
        "refused": imported.warnings.get(imports.REFUSED),
    }


def _result_notices(imported: Import) -> list[str]:
    notices = [
        ngettext("%s new permission.", "%s new permissions.", imported.consents) % imported.consents,
    ]
    if ended := imported.warnings.get(imports.ENDED):
        words = ngettext(
            "%s permission has ended, because the file says no.",
            "%s permissions have ended, because the file says no.",
            int(ended["count"]),
        )
        notices.append(words % ended["count"])
    return notices


CONTACTS = Importer(
    kind="contacts",
    label=gettext_lazy("Contacts"),
    targets=imports.targets,
    guess=imports.guess,
    check=imports.check,
    open=imports.ContactSession,
    preview=imports.preview,
    prepare=imports.prepare,
    home="contacts:list",
    start=StartStep(
        label=gettext_lazy("Permission"),
        question=gettext_lazy("How did they say yes?"),
        form=PermissionForm,
        template="contacts/parts/import_permission.html",
        context=_permission,
        notices=_permission_notices,
    ),
    result_template="contacts/parts/import_result.html",
    result_context=_permission_result,
    result_notices=_result_notices,
    order=10,
)


def _list_url(imported: Import) -> str:
    """Returns the list of contacts, filtered by the label of this import if it has one."""
    tags = imported.options.get("tags") or []
    return f"{reverse('contacts:list')}?{urlencode({'tag': tags[0]})}" if tags else reverse("contacts:list")


def register_importer() -> None:
    """Registers the importer. Called from `ContactsConfig.ready`."""
    register(CONTACTS)
    register_next_step(NextStep("contacts", gettext_lazy("See the contacts"), "users", _list_url, order=10))
    register_reasons(REASONS, TITLES, quiet=[imports.ENDED, imports.UNPROVEN, imports.REFUSED])
