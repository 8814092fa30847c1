"""The names of the actions on imports in the audit log."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.registry import Permission, Target, register_audit, register_permissions
from wabolt.ui.filters import number_id


def register() -> None:
    """Registers the names. Called from `ImportsConfig.ready`."""
    register_audit(
        actions={
            "import.upload": gettext_lazy("Uploaded a list"),
            "import.start": gettext_lazy("Started an import"),
            "import.cancel": gettext_lazy("Stopped an import"),
            "import.expire": gettext_lazy("Deleted an uploaded file that was not imported"),
            "import.rejected": gettext_lazy("Downloaded the refused rows of an import"),
        },
        targets={"import": Target("imports.Import", "filename", "imports:detail")},
        facts={
            "created": lambda value: _("new: %(count)s") % {"count": number_id(value)},
            "known": lambda value: _("known: %(count)s") % {"count": number_id(value)},
            "refused": lambda value: _("refused: %(count)s") % {"count": number_id(value)},
        },
    )
    register_permissions(Permission("manager", gettext_lazy("imports lists"), 5))
