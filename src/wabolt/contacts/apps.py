from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from wabolt.ui import navigation, states


class ContactsConfig(AppConfig):
    name = "wabolt.contacts"
    label = "contacts"

    def ready(self) -> None:
        from wabolt.contacts.services import imports

        imports.register(imports.CONTACTS)
        states.register_state("mapping", _("Choosing columns"), "neutral")
        navigation.register(
            navigation.NavItem("contacts", _("Contacts"), "contacts:list", "users", phone_bar=True, order=20)
        )
        navigation.register(
            navigation.NavItem(
                "fields",
                _("Custom columns"),
                "contacts:fields",
                "columns",
                section="settings",
                order=220,
                min_role="manager",
                hint=_("What you keep about people beside the usual"),
            )
        )
