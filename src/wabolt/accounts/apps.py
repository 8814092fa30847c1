from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "wabolt.accounts"
    label = "accounts"

    def ready(self) -> None:
        from wabolt.accounts import audit, receivers  # noqa: F401 - connects the receivers
        from wabolt.accounts.registry import Permission, SettingsPage, register_pages, register_permissions
        from wabolt.ui import navigation

        navigation.register(
            navigation.NavItem(
                "settings", _("Settings"), "accounts:settings", "settings", section="settings", order=200,
                hint=_("Shop, team, stop words, keys"), also=("/profile/", "/account/"),
            )
        )  # fmt: skip
        audit.register()
        register_permissions(
            Permission("viewer", _("sees everything and changes nothing"), 10),
            Permission("manager", _("sees who did what"), 90),
            Permission("owner", _("changes the shop, the team and the keys"), 20),
        )
        register_pages(
            SettingsPage(
                "profile", _("My account"), "accounts:profile", "user", 5, "viewer", _("Name, language, password")
            ),
            SettingsPage(
                "shop", _("Shop"), "accounts:shop", "building-store", 10, "owner", _("Name, time zone, currency")
            ),
            SettingsPage(
                "opening_times",
                _("Opening hours"),
                "accounts:opening_times",
                "clock",
                15,
                "manager",
                _("When somebody answers; holidays and the fasting month"),
            ),
            SettingsPage(
                "team", _("Team"), "accounts:team", "users-group", 20, "owner", _("Who works here, and as what")
            ),
            SettingsPage(
                "api_keys", _("API keys"), "accounts:api_keys", "key", 30, "owner", _("For programs of your own")
            ),
            SettingsPage(
                "audit", _("Who did what"), "accounts:audit", "history", 40, "manager", _("The record of the team")
            ),
        )
