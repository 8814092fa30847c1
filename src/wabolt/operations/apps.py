from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "wabolt.operations"
    label = "operations"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_pages
        from wabolt.operations import alerting, figures

        figures.register()
        alerting.register_alerts()
        register_pages(
            SettingsPage(
                "recent_problems", _("Recent problems"), "operations:recent_problems", "history", 92,
                hint=_("The last problems, and what to do"),
            ),
            SettingsPage(
                "version", _("Version"), "operations:version", "info-circle", 97, "owner",
                _("Which WABolt this is, and what is new"),
            ),
        )  # fmt: skip
