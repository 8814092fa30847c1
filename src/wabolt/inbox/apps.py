from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "wabolt.inbox"
    label = "inbox"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_audit, register_pages
        from wabolt.inbox import contact_actions, services
        from wabolt.inbox.queries import waiting_in_navigation
        from wabolt.ui.navigation import NavItem, register

        register(
            NavItem("inbox", _("Inbox"), "inbox:list", "inbox", phone_bar=True, order=40, waiting=waiting_in_navigation)
        )
        services.register_alert()
        contact_actions.register_actions()
        register_audit(
            actions={"inbox.change_answer_time": _("Changed the answer time")},
            settings={"minutes": _("Tell us after")},
        )
        register_pages(
            SettingsPage(
                "answer_time", _("Answer time"), "inbox:answer_time", "clock", 45, "manager",
                _("When a customer has waited too long"),
            )
        )  # fmt: skip
