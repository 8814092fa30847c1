from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "wabolt.alerts"
    label = "alerts"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, Target, register_audit, register_pages
        from wabolt.alerts import figures, panels, receivers  # noqa: F401 - connects the receivers
        from wabolt.alerts.forms import SECURITY
        from wabolt.ui import navigation, strips, worker_scripts

        figures.register()
        strips.register("alerts", panels.strips)
        register_audit(
            actions={
                "alert.acknowledge": _("Noted an alert"),
                "user.add_device": _("Turned on notifications on a device"),
                "user.remove_device": _("Turned off notifications on a device"),
                "mail_server.change": _("Changed the mail server"),
                "mail_server.remove": _("Removed the mail server"),
            },
            targets={"mail_server": Target("alerts.MailServer", "host")},
            settings={"host": _("Mail server"), "port": _("Port"), "security": _("Protection"),
                      "username": _("User name"), "sender": _("Sender")},
            values={str(value): name for value, name in SECURITY},
        )  # fmt: skip
        navigation.register(
            navigation.NavItem(
                "alerts", _("Alerts"), "alerts:list", "bell", section="settings", order=190,
                hint=_("What needs you now"), waiting=panels.waiting,
            )
        )  # fmt: skip
        register_pages(
            SettingsPage(
                "alerts", _("Alerts"), "alerts:preferences", "bell", 7, "viewer", _("What you are told, and how")
            ),
            SettingsPage(
                "mail_server", _("Mail server"), "alerts:mail", "mail", 35, "owner", _("For alerts by e-mail")
            ),
        )
        worker_scripts.register("alerts/push_worker.js")
        self._register_channels()

    def _register_channels(self) -> None:
        from wabolt.alerts.registry import EMAIL, PUSH, AlertChannel, register_channel
        from wabolt.alerts.services import mail, push

        register_channel(
            AlertChannel(PUSH, _("Devices"), push.targets, push.send, "alerts:preferences", push.words, order=10)
        )
        register_channel(AlertChannel(EMAIL, _("E-mail"), mail.targets, mail.send, "alerts:mail", mail.words, order=20))
