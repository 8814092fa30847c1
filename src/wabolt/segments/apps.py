from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "wabolt.segments"
    label = "segments"

    def ready(self) -> None:
        from django.urls import reverse

        from wabolt.contacts.registry import ListAction, register_list_action
        from wabolt.imports.registry import NextStep, register_next_step
        from wabolt.segments import audit, panels, receivers, segment_fields, timeline  # noqa: F401 - connects receivers
        from wabolt.segments.services import changes
        from wabolt.ui import search
        from wabolt.ui.navigation import NavItem, register

        search.register(
            search.Finder("segments", _("Segments"), "users-group", panels.find_segments, panels.list_url, order=20)
        )
        audit.register()
        segment_fields.register()
        timeline.register()
        changes.register()
        register_next_step(
            NextStep("segment", _("Make a segment"), "users-group", lambda _imported: reverse("segments:new"), order=20)
        )
        register_list_action(ListAction("segment", _("Save as a segment"), "users-group", panels.url_of_filters))

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
