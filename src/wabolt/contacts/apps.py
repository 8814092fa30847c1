from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from wabolt.accounts import menu
from wabolt.ui import navigation, search


class ContactsConfig(AppConfig):
    name = "wabolt.contacts"
    label = "contacts"

    def ready(self) -> None:
        from wabolt.accounts.audit_words import register_target
        from wabolt.accounts.words import register_actions
        from wabolt.contacts import receivers  # noqa: F401 - connects them
        from wabolt.contacts.importing import register_importer
        from wabolt.contacts.views.people import find_contacts, list_url

        register_importer()
        register_actions({"contact.merge": _("Joined two contacts"), "contact.part": _("Took a join back")})
        register_target("contact", "contacts.Contact", "name", "contacts:detail")
        register_target("field", "contacts.Field", "label", "")
        register_target("tag", "contacts.Tag", "name", "")
        navigation.register(
            navigation.NavItem(
                "contacts", _("Contacts"), "contacts:list", "users", phone_bar=True, order=20, also=("/imports/",)
            )
        )
        search.register(search.Finder("contacts", _("Contacts"), "user", find_contacts, more=list_url, order=10))
        hint = _("What you keep about people beside the usual")
        menu.register(
            menu.SettingsPage("fields", _("Custom columns"), "contacts:fields", "columns", order=60, hint=hint)
        )
