from collections.abc import Mapping
from datetime import datetime, timedelta
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
                "backup.request": _("Requested a backup"),
                "backup.settings": _("Changed the settings of backups"),
                "backup.new_key": _("Made a new recovery key"),
                "backup.confirm_key": _("Confirmed the recovery key"),
                "backup.download": _("Downloaded a backup"),
            }
        )
        register(
            AlertKind(
                "backup.failed", _("Backup failed"), _failed, page=_page, min_role="owner", advice=_try_again,
            ),
            AlertKind(
                "backup.old", _("Backup is old"), _old, severity="critical", page=_page, min_role="owner",
                advice=lambda _subject, _data: gettext("Open the page “Backup”: it says what is wrong."),
                grace=timedelta(hours=1),  # a machine that was off over the weekend makes the backup when it starts
            ),
            AlertKind(
                "backup.key", _("Recovery key is not written down"), _no_key, page=_page, min_role="owner",
                advice=lambda _subject, _data: gettext("Open the page “Backup” and write the key down."),
            ),
        )  # fmt: skip


def _failed(_subject: str, data: Mapping[str, Any]) -> str:
    from wabolt.backups.words import sentence

    reason = sentence(str(data.get("reason", "")), str(data.get("detail", "")))
    if data.get("is_stored"):
        return reason
    return gettext("The last backup did not succeed. %(reason)s") % {"reason": reason}


def _try_again(_subject: str, data: Mapping[str, Any]) -> str:
    if data.get("is_stored"):
        return gettext("Only a tested backup is sure to work. Open the page “Backup”.")
    return gettext("WABolt tries again by itself. The older backups are still there.")


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
