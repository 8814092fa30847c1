from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BroadcastsConfig(AppConfig):
    name = "wabolt.broadcasts"
    label = "broadcasts"

    def ready(self) -> None:
        from wabolt.broadcasts import audit, receivers, registrations, segment_fields, tallies  # noqa: F401 - connects
        from wabolt.broadcasts.panels import find_broadcasts
        from wabolt.broadcasts.services import alerting
        from wabolt.ui import search
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(NavItem("broadcasts", _("Broadcasts"), "broadcasts:list", "speakerphone", phone_bar=True, order=30))
        search.register(search.Finder("broadcasts", _("Broadcasts"), "speakerphone", find_broadcasts, order=30))
        register_state("freezing", _("Preparing"), "info")
        segment_fields.register()
        tallies.register()
        registrations.register()
        audit.register()
        alerting.register_alerts()
