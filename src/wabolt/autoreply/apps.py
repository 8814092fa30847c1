from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutoreplyConfig(AppConfig):
    name = "wabolt.autoreply"
    label = "autoreply"

    def ready(self) -> None:
        from wabolt.autoreply import contact_actions, registrations, retention
        from wabolt.autoreply import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.ui.navigation import NavTab, register_tab

        register_tab(NavTab("automation", "replies", _("Auto-replies"), "autoreply:list", order=20))
        registrations.register()
        contact_actions.register()
        retention.register()
