from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "wabolt.channels"
    label = "channels"

    def ready(self) -> None:
        from wabolt.channels import audit, receivers  # noqa: F401 - connects the receivers
        from wabolt.channels.services.alerting import register_alerts
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(
            NavItem(
                "channels",
                _("WhatsApp numbers"),
                "channels:list",
                "brand-whatsapp",
                section="settings",
                order=90,
                hint=_("State, pace and limits of your numbers"),
            )
        )
        register(
            NavItem(
                "phones",
                _("Simulated phone"),
                "channels:phones",
                "device-mobile-message",
                section="more",
                order=95,
                min_role="agent",
                hint=_("Be a customer and try it out"),
            )
        )
        register_state("new", _("Not connected yet"), "neutral")
        register_state("logged_out", _("Unlinked"), "bad")
        audit.register()
        register_alerts()
