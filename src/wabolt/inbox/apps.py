from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "wabolt.inbox"
    label = "inbox"

    def ready(self) -> None:
        from wabolt.inbox.panels import waiting
        from wabolt.ui.navigation import NavItem, register

        register(NavItem("inbox", _("Inbox"), "inbox:list", "inbox", phone_bar=True, order=40, waiting=waiting))
