from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BroadcastsConfig(AppConfig):
    name = "wabolt.broadcasts"
    label = "broadcasts"

    def ready(self) -> None:
        from django.urls import reverse

        from wabolt.accounts.audit_words import register_target
        from wabolt.accounts.words import register_actions
        from wabolt.broadcasts import receivers  # noqa: F401 - connects them
        from wabolt.broadcasts.panels import find_broadcasts
        from wabolt.broadcasts.queries import SegmentNames
        from wabolt.contacts.services import belongs_to_contact
        from wabolt.segments.panels import SegmentAction, register_action
        from wabolt.segments.queries import register_broadcast_names
        from wabolt.ui import search
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(NavItem("broadcasts", _("Broadcasts"), "broadcasts:list", "speakerphone", phone_bar=True, order=30))
        search.register(search.Finder("broadcasts", _("Broadcasts"), "speakerphone", find_broadcasts, order=30))
        register_broadcast_names(SegmentNames())
        belongs_to_contact("broadcasts_recipient", once=("broadcast_id",))
        register_state("freezing", _("Preparing"), "info")
        register_action(
            SegmentAction(
                key="broadcast",
                label=_("Send a broadcast"),
                icon="send",
                url=lambda segment: f"{reverse('broadcasts:new')}?segment={segment.pk}",
            )
        )
        register_target("broadcast", "broadcasts.Broadcast", "name", "broadcasts:detail")
        register_actions(
            {
                "broadcast.test": _("Sent a trial of a broadcast"),
                "broadcast.unschedule": _("Took a broadcast's time back"),
                "broadcast.delete": _("Deleted a draft"),
                "broadcast.export": _("Exported a broadcast's report"),
            }
        )
