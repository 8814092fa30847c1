from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BroadcastsConfig(AppConfig):
    name = "wabolt.broadcasts"
    label = "broadcasts"

    def ready(self) -> None:
        from django.urls import reverse

        from wabolt.broadcasts import audit, receivers, segment_fields, tallies  # noqa: F401 - connects the receivers
        from wabolt.broadcasts.panels import find_broadcasts
        from wabolt.broadcasts.services import alerting
        from wabolt.broadcasts.views.ticked import broadcast_to
        from wabolt.contacts.registry import BulkAction, PersonalData, register_bulk_action, register_personal_data
        from wabolt.imports.registry import NextStep, register_next_step
        from wabolt.messaging.registry import Origin, register_origin
        from wabolt.personalization.registry import Variable, VariableGroup, register_variables
        from wabolt.segments.registry import SegmentAction, register_action
        from wabolt.ui import search
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(NavItem("broadcasts", _("Broadcasts"), "broadcasts:list", "speakerphone", phone_bar=True, order=30))
        search.register(search.Finder("broadcasts", _("Broadcasts"), "speakerphone", find_broadcasts, order=30))
        segment_fields.register()
        tallies.register()
        register_personal_data(
            PersonalData("broadcasts_recipient", _("Broadcasts"), "kept", ("broadcast_id",), once=("broadcast_id",))
        )
        register_origin(
            Origin(
                "broadcast",
                _("Broadcast"),
                page=lambda pk: reverse("broadcasts:detail", args=[pk]),
                reply_window=timedelta(days=7),
                attribution_window=timedelta(days=7),
            )
        )
        register_variables(
            VariableGroup(
                "voucher",
                lambda _workspace: [
                    Variable("voucher.code", _("Voucher code"), "GAYA-7K2M"),
                    Variable("voucher.percent", _("Voucher discount"), "15"),
                    Variable("voucher.until", _("Voucher valid until"), "31 Des 2026"),
                ],
                dates=frozenset({"until"}),
            )
        )
        register_origin(Origin("test", _("Test message")))
        register_next_step(
            NextStep(
                "broadcast",
                _("Write a broadcast"),
                "speakerphone",
                lambda _imported: reverse("broadcasts:new"),
                order=30,
            )
        )
        register_state("freezing", _("Preparing"), "info")
        register_action(
            SegmentAction(
                key="broadcast",
                label=_("Send a broadcast"),
                icon="send",
                url=lambda segment: f"{reverse('broadcasts:new')}?segment={segment.pk}",
            )
        )
        register_bulk_action(BulkAction("broadcast", _("Send a broadcast"), "send", broadcast_to))
        audit.register()
        alerting.register_alerts()
