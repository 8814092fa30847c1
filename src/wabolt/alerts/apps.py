from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "wabolt.alerts"
    label = "alerts"

    def ready(self) -> None:
        from wabolt.accounts.registry import register_audit
        from wabolt.alerts import panels
        from wabolt.ui import navigation, strips

        strips.register("alerts", panels.strips)
        register_audit(actions={"alert.acknowledge": _("Noted an alert")})
        navigation.register(
            navigation.NavItem(
                "alerts", _("Alerts"), "alerts:list", "bell", section="settings", order=190,
                hint=_("What needs you now"), waiting=panels.waiting,
            )
        )  # fmt: skip
