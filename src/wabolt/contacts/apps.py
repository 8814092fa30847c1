from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import SettingsPage, register_pages
from wabolt.ui import navigation, search


class ContactsConfig(AppConfig):
    name = "wabolt.contacts"
    label = "contacts"

    def ready(self) -> None:
        from wabolt.contacts import actions, audit, figures, personal, retention, segment_fields, timeline, variables
        from wabolt.contacts import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.contacts.importing import register_importer
        from wabolt.contacts.services import alerting, tallies
        from wabolt.contacts.views.people import find_contacts, list_url

        register_importer()
        actions.register()
        audit.register()
        timeline.register()
        personal.register()
        retention.register()
        segment_fields.register()
        variables.register()
        tallies.register()
        alerting.register_alerts()
        figures.register()
        navigation.register(
            navigation.NavItem(
                "contacts", _("Contacts"), "contacts:list", "users", phone_bar=True, order=20, also=("/imports/",)
            )
        )
        search.register(search.Finder("contacts", _("Contacts"), "user", find_contacts, more=list_url, order=10))
        hint = _("What else you keep about people")
        register_pages(
            SettingsPage("fields", _("Custom columns"), "contacts:fields", "columns", order=60, hint=hint),
            SettingsPage(
                "consumers",
                _("Background work"),
                "contacts:consumers",
                "refresh",
                order=95,
                hint=_("Whether the figures are up to date"),
            ),
        )
