from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from wabolt.ui import states


class ImportsConfig(AppConfig):
    name = "wabolt.imports"
    label = "imports"

    def ready(self) -> None:
        from wabolt.accounts.audit_words import register_target

        register_target("import", "imports.Import", "filename", "imports:detail")
        states.register_state("mapping", _("Choosing columns"), "neutral")
