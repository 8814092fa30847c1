"""Names of messaging's actions in the audit log."""

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Permission, register_audit, register_permissions


def register() -> None:
    """Registers the names; called from `MessagingConfig.ready`."""
    register_audit(
        actions={
            "channel.pause": _("Paused a number"),
            "channel.resume": _("Resumed a number"),
            "member_phone.confirm": _("Connected the own number for alerts"),
            "member_phone.remove": _("Removed the own number for alerts"),
            "prices.set": _("Changed the prices"),
            "restore.drop_held": _("Decided not to send messages that a restore held"),
            "restore.send_held": _("Sent messages that a restore held"),
            "template.create": _("Handed in a template"),
        }
    )
    register_permissions(Permission("agent", _("answers customers"), 10))
