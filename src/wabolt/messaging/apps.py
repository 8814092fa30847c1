from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "wabolt.messaging"
    label = "messaging"

    def ready(self) -> None:
        from wabolt.messaging import (  # noqa: F401 - connects
            audit,
            channel_ports,
            figures,
            receivers,
            registrations,
            retention,
            segment_fields,
            standstill,
        )
        from wabolt.messaging.conversations import panels

        registrations.register()
        retention.register()
        segment_fields.register()
        channel_ports.register()
        figures.register()
        audit.register()
        panels.register_panels()
        standstill.register_alert()
        self._register_origins()
        self._alert_about_held()
        self._carry_alerts()
        self._show_templates()

    def _register_origins(self) -> None:
        from wabolt.messaging.inbound.responders import start_word
        from wabolt.messaging.member_phones.services import confirm_phone
        from wabolt.messaging.registry import Origin, Responder, each, register_origin, register_responder

        register_origin(Origin("contact", _("From the customer")))
        register_origin(Origin("member", _("Team")))
        register_origin(Origin("phone", _("The shop's phone")))
        register_origin(Origin("alert", _("Alert to a member")))
        register_origin(Origin("stop_word", _("Automatic reply: promotions stopped")))
        register_origin(Origin("start_word", _("Automatic reply: welcome")))
        register_responder(Responder("member_phone", 5, each(confirm_phone)))
        register_responder(Responder("start_word", 10, each(start_word)))

    def _alert_about_held(self) -> None:
        from django.urls import reverse

        from wabolt.alerts.registry import AlertKind, register
        from wabolt.messaging.restored.services import ALERT, held_sentence

        register(
            AlertKind(
                ALERT,
                _("Messages held after a restore"),
                held_sentence,
                page=lambda _subject, _data: reverse("messaging:held"),
                min_role="owner",
            )
        )

    def _carry_alerts(self) -> None:
        from wabolt.alerts.registry import WHATSAPP, AlertChannel, register_channel
        from wabolt.messaging.member_phones import queries, services

        register_channel(
            AlertChannel(
                WHATSAPP, "WhatsApp", queries.targets, services.send, "messaging:own_phone", services.words, order=30
            )
        )

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
