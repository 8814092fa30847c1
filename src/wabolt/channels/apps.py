from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "wabolt.channels"
    label = "channels"

    def ready(self) -> None:
        from wabolt.accounts.audit_words import register_target
        from wabolt.accounts.words import register_actions
        from wabolt.channels import receivers  # noqa: F401 - connects them
        from wabolt.ui.navigation import NavItem, register
        from wabolt.ui.states import register_state

        register(
            NavItem(
                "channels",
                _("WhatsApp numbers"),
                "channels:list",
                "brand-whatsapp",
                section="settings",
                order=90,
                hint=_("State, pace and limits of your numbers"),
            )
        )
        register(
            NavItem(
                "phones",
                _("Simulated phone"),
                "channels:phones",
                "device-mobile-message",
                section="more",
                order=95,
                min_role="agent",
                hint=_("Be a customer and try it out"),
            )
        )
        register_state("new", _("Not connected yet"), "neutral")
        register_state("logged_out", _("Unlinked"), "bad")
        register_target("channel", "channels.Channel", "name", "channels:settings")
        register_actions(
            {
                "channel.pair": _("Began to link a number"),
                "channel.cancel": _("Stopped linking a number"),
                "channel.reconnect": _("Connected a number again"),
                "channel.logout": _("Unlinked a number"),
                "channel.profile": _("Asked for a number's profile, or changed it"),
                "channel.ticks": _("Ticked off steps of a number's profile"),
                "channel.chats_choose": _("Made contacts of earlier chats"),
                "channel.chats_drop": _("Deleted the earlier chats that waited"),
            }
        )
