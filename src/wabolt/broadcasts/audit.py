"""Words of the audit log for actions on broadcasts."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.registry import Permission, Target, register_audit, register_permissions, value_name


def register() -> None:
    """Registers them. `BroadcastsConfig.ready` calls it."""
    register_audit(
        actions={
            "broadcast.create": gettext_lazy("Made a broadcast"),
            "broadcast.start": gettext_lazy("Started a broadcast"),
            "broadcast.schedule": gettext_lazy("Scheduled a broadcast"),
            "broadcast.unschedule": gettext_lazy("Unscheduled a broadcast"),
            "broadcast.pause": gettext_lazy("Paused a broadcast"),
            "broadcast.resume": gettext_lazy("Resumed a broadcast"),
            "broadcast.settle": gettext_lazy("Settled messages with an unknown result"),
            "broadcast.strangers": gettext_lazy("Decided on people who have never written"),
            "broadcast.cancel": gettext_lazy("Cancelled a broadcast"),
            "broadcast.test": gettext_lazy("Sent a trial of a broadcast"),
            "broadcast.delete": gettext_lazy("Deleted a draft"),
            "broadcast.export": gettext_lazy("Exported a broadcast's report"),
        },
        targets={"broadcast": Target("broadcasts.Broadcast", "name", "broadcasts:detail")},
        values={"sent": gettext_lazy("sent"), "failed": gettext_lazy("not sent")},
        facts={
            "allowed": lambda value: _("allowed") if value else _("not allowed"),
            "verdict": value_name,
        },
        counters={"broadcast": lambda count: ngettext("%(count)s message", "%(count)s messages", count)},
    )
    register_permissions(Permission("manager", gettext_lazy("sends broadcasts"), 30))
