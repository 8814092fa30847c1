from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from wabolt.ui import states


class ImportsConfig(AppConfig):
    name = "wabolt.imports"
    label = "imports"

    def ready(self) -> None:
        from wabolt.imports import audit, retention
        from wabolt.imports.services import alerting

        audit.register()
        retention.register()
        alerting.register_alerts()
        states.register_state("mapping", _("Choosing columns"), "neutral")
