from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "wabolt.demo"
    label = "demo"

    def ready(self) -> None:
        from wabolt.accounts.registry import register_audit

        register_audit(actions={"demo.load": _("Loaded the demo shop")})
