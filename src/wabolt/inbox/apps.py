from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class InboxConfig(AppConfig):
    name = "wabolt.inbox"
    label = "inbox"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_audit, register_pages
        from wabolt.inbox import contact_actions
        from wabolt.inbox import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.inbox.queries import waiting_in_navigation
        from wabolt.inbox.services.waiting import register_alert
        from wabolt.ui.navigation import NavItem, register

        register(
            NavItem("inbox", _("Inbox"), "inbox:list", "inbox", phone_bar=True, order=40, waiting=waiting_in_navigation)
        )
        register_alert()
        contact_actions.register_actions()
        register_audit(
            actions={
                "inbox.change_answer_time": _("Changed the answer time"),
                "inbox.assign": _("Assigned a conversation"),
                "inbox.release": _("Made the conversations of a member free"),
            },
            settings={"minutes": _("Tell us after"), "owner": _("Looks after the customer")},
            counters={"inbox": lambda count: ngettext("%(count)s conversation", "%(count)s conversations", count)},
        )
        register_pages(
            SettingsPage(
                "answer_time", _("Answer time"), "inbox:answer_time", "clock", 45, "manager",
                _("When a customer has waited too long"),
            )
        )  # fmt: skip
