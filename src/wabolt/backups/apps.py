from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class BackupsConfig(AppConfig):
    name = "wabolt.backups"
    label = "backups"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_audit, register_pages
        from wabolt.alerts.registry import AlertKind, register
        from wabolt.backups import figures, receivers  # noqa: F401 -- connects

        figures.register()
        register_pages(
            SettingsPage(
                "backup", _("Backup"), "backups:page", "database", 50, "owner", _("When the last one was made, and how")
            )
        )
        register_audit(
            actions={
                "backup.request": _("Asked for a backup"),
                "backup.settings": _("Changed the settings of backups"),
                "backup.new_key": _("Made a new recovery key"),
                "backup.confirm_key": _("Confirmed the recovery key"),
                "backup.download": _("Downloaded a backup"),
            }
        )
        register(
            AlertKind(
                "backup.failed", _("Backup failed"), _failed, page=_page, min_role="owner",
                advice=lambda _subject, _data: gettext(
                    "WABolt tries again by itself. The older backups are still there."
                ),
            ),
            AlertKind(
                "backup.old", _("Backup is old"), _old, severity="critical", page=_page, min_role="owner",
                advice=lambda _subject, _data: gettext("Open the page “Backup”: it says what is wrong."),
            ),
            AlertKind(
                "backup.key", _("Recovery key is not written down"), _no_key, page=_page, min_role="owner",
                advice=lambda _subject, _data: gettext("Open the page “Backup” and write the key down."),
            ),
        )  # fmt: skip


def _failed(_subject: str, data: Mapping[str, Any]) -> str:
    from wabolt.backups.words import sentence

    reason = sentence(str(data.get("reason", "")), str(data.get("detail", "")))
    return gettext("The last backup did not succeed. %(reason)s") % {"reason": reason}


def _old(_subject: str, data: Mapping[str, Any]) -> str:
    from wabolt.ui.filters import local_time

    if not data.get("at"):
        return gettext("No backup has been made yet.")
    made_at = local_time(datetime.fromisoformat(str(data["at"])))
    return gettext("The last good backup was made on %(at)s.") % {"at": made_at}


def _no_key(_subject: str, _data: Mapping[str, Any]) -> str:
    return gettext("Nobody has written down the recovery key. If this computer breaks, no backup can be opened.")


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("backups:page")
