from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutoreplyConfig(AppConfig):
    name = "wabolt.autoreply"
    label = "autoreply"

    def ready(self) -> None:
        from wabolt.autoreply import contact_actions, registrations
        from wabolt.autoreply import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.ui.navigation import NavItem, register

        hint = _("Answers to routine questions, day and night")
        register(
            NavItem("autoreply", _("Auto-replies"), "autoreply:list", "messages", order=57, section="more", hint=hint)
        )
        registrations.register()
        contact_actions.register()
