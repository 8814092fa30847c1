"""The personal data that contacts hold themselves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.contacts.registry import (
    PersonalData,
    PersonalRows,
    register_personal_data,
    register_personal_rows,
)
from wabolt.contacts.services.erasing import refused_rows


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_personal_data(
        PersonalData("contacts_identity", _("Numbers and codes"), fate="deleted"),
        PersonalData("contacts_contacttag", _("Labels"), once=("tag_id",), fate="deleted"),
        PersonalData(
            "contacts_note",
            _("Notes"),
            fate="deleted",
            count_words=lambda count: ngettext("%(count)s note", "%(count)s notes", count),
        ),
        PersonalData("contacts_event", _("Events"), moves=False, by_room=True, secret=("position",)),
        PersonalData(
            "contacts_parkedevent",
            _("Events that could not be processed"),
            moves=False,
            keeps=("kind",),
            secret=("error",),
        ),
        PersonalData(
            "contacts_disclosure",
            _("Addresses outside that got data"),
            moves=False,
            fate="deleted",
            keeps=("address", "by"),  # of the shop's programs
        ),
        PersonalData("contacts_contactview", _("Who looked"), moves=False, fate="deleted", keeps=("how",)),
    )
    register_personal_rows(
        PersonalRows(
            "imports_importrejection",
            _("Refused rows of imported files"),
            lambda workspace, ids: len(refused_rows(workspace, ids)),
            fate="emptied",
            read=refused_rows,
        )
    )
