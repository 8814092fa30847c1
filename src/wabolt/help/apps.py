from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HelpConfig(AppConfig):
    name = "wabolt.help"
    label = "help"

    def ready(self) -> None:
        from wabolt.ui.navigation import NavItem, register

        register(
            NavItem(
                "help", _("Help"), "help:index", "info-circle", section="settings", order=195,
                hint=_("Short answers for every task"),
            )
        )  # fmt: skip
