from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "wabolt.segments"
    label = "segments"

    def ready(self) -> None:
        from wabolt.ui.navigation import NavItem, register

        register(
            NavItem(
                "segments",
                _("Segments"),
                "segments:list",
                "users-group",
                section="more",
                order=50,
                hint=_("Groups of contacts who have something in common"),
            )
        )
