"""Names of the audit actions of consent."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wabolt.accounts.registry import Permission, quoted, register_audit, register_permissions, value_name


def register() -> None:
    """Registers the names; called from `ConsentConfig.ready`."""
    register_audit(
        actions={
            "consent.grant": gettext_lazy("Recorded a permission"),
            "consent.withdraw": gettext_lazy("Recorded a stop"),
            "consent.doubt": gettext_lazy("Looked at a message that may mean stop"),
            "keyword.add": gettext_lazy("Added a stop or join word"),
            "keyword.remove": gettext_lazy("Removed a stop or join word"),
            "wording.add": gettext_lazy("New permission text"),
        },
        values={
            "marketing": pgettext_lazy("purpose", "promotions"),
            "service": pgettext_lazy("purpose", "service"),
            "stop": gettext_lazy("stop word"),
            "start": gettext_lazy("join word"),
        },
        facts={
            "purpose": value_name,
            "word": quoted,
            "means": value_name,
            "version": lambda value: _("version %(number)s") % {"number": value},
        },
    )
    register_permissions(Permission("agent", gettext_lazy("records permissions"), 30))
