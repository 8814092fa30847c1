from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BroadcastsConfig(AppConfig):
    name = "wabolt.broadcasts"
    label = "broadcasts"

    def ready(self) -> None:
        from wabolt.broadcasts.queries import SegmentNames
        from wabolt.segments.queries import register_broadcast_names
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(NavItem("broadcasts", _("Broadcasts"), "broadcasts:list", "speakerphone", phone_bar=True, order=30))
        register_broadcast_names(SegmentNames())
        register_state("freezing", _("Preparing"), "info")
