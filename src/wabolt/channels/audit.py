"""Labels of the audit actions of this room."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.registry import Permission, Target, quoted, register_audit, register_permissions, value_name


def register() -> None:
    """Registers the labels. Called from `ChannelsConfig.ready`."""
    register_audit(
        actions={
            "channel.create": gettext_lazy("Added a number"),
            "channel.settings": gettext_lazy("Changed a number's settings"),
            "channel.archive": gettext_lazy("Took a number out of use"),
            "channel.retry_events": gettext_lazy("Processed failed events again"),
            "channel.cloud_account": gettext_lazy("Changed the access to Meta"),
            "channel.proxy": gettext_lazy("Changed a number's proxy"),
            "channel.pair": gettext_lazy("Began to link a number"),
            "channel.cancel": gettext_lazy("Stopped linking a number"),
            "channel.reconnect": gettext_lazy("Connected a number again"),
            "channel.logout": gettext_lazy("Unlinked a number"),
            "channel.profile": gettext_lazy("Read or changed a number's profile"),
            "channel.ticks": gettext_lazy("Ticked off steps of a number's profile"),
            "channel.chats_choose": gettext_lazy("Made contacts of earlier chats"),
            "channel.chats_drop": gettext_lazy("Deleted the waiting earlier chats"),
        },
        targets={"channel": Target("channels.Channel", "name", "channels:settings")},
        settings={
            "messages_per_minute": gettext_lazy("Messages per minute"),
            "jitter_percent": gettext_lazy("Irregular gaps"),
            "daily_cap": gettext_lazy("Promotions a day"),
            "warm_up": gettext_lazy("Warm-up"),
            "quiet_from": gettext_lazy("Quiet from"),
            "quiet_until": gettext_lazy("Quiet until"),
            "cap_per_day": gettext_lazy("Promotions per person a day"),
            "cap_per_week": gettext_lazy("Promotions per person a week"),
        },
        values={
            "simulator": gettext_lazy("simulated phones"),
            "linked": gettext_lazy("linked device"),
            "cloud": gettext_lazy("Cloud API"),
        },
        facts={
            "provider": value_name,
            "about": quoted,
            "picture": lambda _value: _("picture"),
            "answers": lambda _value: _("answers to STOP and JOIN"),
            "new_token": lambda value: _("new access token") if value else "",
        },
    )
    register_permissions(Permission("owner", gettext_lazy("links and sets up numbers"), 10))
