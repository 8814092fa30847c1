"""Names of the audit actions of segments."""

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Permission, Target, register_audit, register_permissions


def register() -> None:
    """Registers the names; called from `SegmentsConfig.ready`."""
    register_audit(
        actions={
            "segment.create": _("Made a segment"),
            "segment.update": _("Changed a segment"),
            "segment.delete": _("Deleted a segment"),
            "segment.keep_live": _("Began to follow a segment"),
            "segment.end_live": _("Stopped following a segment"),
        },
        targets={"segment": Target("segments.Segment", "name", "segments:detail")},
    )
    register_permissions(Permission("manager", _("makes segments"), 20))
