from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class MessagingConfig(AppConfig):
    name = "wabolt.messaging"
    label = "messaging"

    def ready(self) -> None:
        from wabolt.contacts.queries.story import explain
        from wabolt.contacts.services import belongs_to_contact
        from wabolt.messaging import audit, channel_ports, receivers  # noqa: F401 - connects the receivers
        from wabolt.messaging.conversations import panels

        explain("message_reacted", _("Reacted"), "mood-smile", "good", lambda data: str(data.get("sign", "")))
        explain("message_edited", _("Changed a message"), "edit", "neutral")
        explain("message_held", _("Held back by WhatsApp, goes out once more later"), "clock", "warning")
        explain("message_deleted", _("Deleted a message"), "trash", "neutral")
        belongs_to_contact("messaging_conversation", once=("channel_id",))
        belongs_to_contact(
            "messaging_message",
            once=("origin_kind", "origin_id"),
            words=lambda count: ngettext("%(count)s message", "%(count)s messages", count),
        )
        channel_ports.register()
        audit.register()
        panels.register_panels()
        self._show_templates()

    def _show_templates(self) -> None:
        from wabolt.messaging.message_templates.views import has_use_for_templates
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        hint = _("Approved messages and prices of Cloud API numbers")
        templates = NavItem(
            "templates", _("Templates"), "messaging:templates", "message", section="settings", order=92, hint=hint,
            shown=has_use_for_templates,
        )  # fmt: skip
        register(templates)
        register_state("approved", _("Approved"), "good")
        register_state("pending", _("Being looked at"), "info")
        register_state("rejected", _("Rejected"), "bad")
        register_state("disabled", _("Disabled"), "bad")
        register_state("gone", _("Gone"), "neutral")
