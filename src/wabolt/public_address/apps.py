from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublicAddressConfig(AppConfig):
    name = "wabolt.public_address"
    label = "public_address"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_audit, register_pages
        from wabolt.public_address.alerting import register_alerts

        register_pages(
            SettingsPage(
                "public_address", _("Public address"), "public_address:page", "link", 45, "manager",
                _("Who can open WABolt: this computer, the shop, or everyone"),
            )
        )  # fmt: skip
        register_alerts()
        register_audit(actions={"public_address.change_name": _("Changed the domain name")})
