from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OptinConfig(AppConfig):
    name = "wabolt.optin"
    label = "optin"

    def ready(self) -> None:
        from wabolt.optin import (
            audit,
            contact_actions,
            gifts,
            kinds,
            registrations,
            retention,
            segment_fields,
            triggers,
        )
        from wabolt.optin import receivers as _point_receivers  # noqa: F401 - connects them
        from wabolt.optin.events import journeys as event_journeys
        from wabolt.optin.events import registrations as events
        from wabolt.optin.giveaways import receivers as _receivers  # noqa: F401 - connects them
        from wabolt.optin.giveaways import registrations as giveaways
        from wabolt.optin.giveaways import segment_fields as giveaway_fields
        from wabolt.ui.navigation import NavItem, register

        hint = _("QR codes, forms and links for new customers")
        register(NavItem("optin", _("Ways in"), "optin:list", "user-plus", order=55, section="more", hint=hint))
        kinds.register()
        registrations.register()
        segment_fields.register()
        audit.register()
        contact_actions.register()
        giveaways.register()
        giveaway_fields.register()
        events.register()
        retention.register()
        triggers.register()
        gifts.register()
        event_journeys.register()
