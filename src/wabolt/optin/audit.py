"""The audit vocabulary of opt-in."""

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Target, register_audit


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_audit(
        actions={
            "entry_point.create": _("Made a way in"),
            "entry_point.edit": _("Changed a way in"),
            "entry_point.code": _("Made a code for a way in"),
            "entry_point.embed": _("Changed where a form may be shown"),
            "entry_point.offer": _("Offered the list in a chat"),
            "entry_point.settings": _("Changed the protection of the public pages"),
            "entry_point.close": _("Closed a way in"),
            "entry_point.open": _("Opened a way in"),
            "entry_point.archive": _("Archived a way in"),
            "entry_point.unarchive": _("Brought a way in back"),
        },
        targets={"entry_point": Target("optin.EntryPoint", "name", "optin:detail")},
        settings={
            "proof_of_work": _("Check against programs"),
            "asking_channel": _("Number that asks typed numbers"),
            "branch": _("Branch"),
            "medium": _("Medium"),
            "staff": _("Member of staff"),
        },
    )
