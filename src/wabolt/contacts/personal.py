"""The personal data that contacts hold themselves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.contacts.registry import PersonalData, register_personal_data


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_personal_data(
        PersonalData("contacts_identity", _("Numbers and codes"), "deleted", ("kind", "value", "created_at")),
        PersonalData("contacts_contacttag", _("Labels"), "deleted", ("tag_id",), once=("tag_id",)),
        PersonalData(
            "contacts_note",
            _("Notes"),
            "deleted",
            ("text", "created_at"),
            count_words=lambda count: ngettext("%(count)s note", "%(count)s notes", count),
        ),
        PersonalData("contacts_event", _("Events"), "kept", ("kind", "time", "data"), moves=False),
        PersonalData("contacts_parkedevent", _("Events that could not be processed"), "deleted", moves=False),
    )
