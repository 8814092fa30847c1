"""The kinds of alert of operations."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from wabolt.alerts.registry import AlertKind, register
from wabolt.lib import formats
from wabolt.lib.commands import shell_command
from wabolt.operations.services import DATABASE_AWAY, DISK_FULL, DISK_LOW, KEEPS_DYING, NEW_VERSION
from wabolt.ui.filters import file_size

Data = Mapping[str, Any]


def register_alerts() -> None:
    """Registers the kinds; called from `OperationsConfig.ready`."""
    register(
        AlertKind(DISK_FULL, gettext_lazy("Disk is full"), _full, "critical", _recent_problems, "manager", _make_room),
        AlertKind(
            DISK_LOW, gettext_lazy("Disk is nearly full"), _low, "warning", _recent_problems, "manager", _make_room
        ),
        AlertKind(
            NEW_VERSION, gettext_lazy("New version"), _new, "info",
            lambda _subject, _data: reverse("operations:version"), "owner", advice=_update,
        ),
        AlertKind(
            DATABASE_AWAY, gettext_lazy("The database was away"), _away, "warning", _recent_problems, "manager",
            advice=_examine, outline=_away, ends_after=timedelta(days=1),
        ),
        AlertKind(
            KEEPS_DYING, gettext_lazy("A part of WABolt keeps stopping"), _dying, "critical", _recent_problems,
            "manager", advice=_report, outline=_dying,
        ),
    )  # fmt: skip


def _recent_problems(_subject: str, _data: Data) -> str:
    return reverse("operations:recent_problems")


def _away(_subject: str, data: Data) -> str:
    lasted = formats.duration(float(data.get("seconds") or 0), get_language() or "id")
    return _("The database did not answer for %(duration)s. WABolt works again; nothing is lost.") % {
        "duration": lasted
    }


def _examine(_subject: str, _data: Data) -> str:
    command = shell_command("doctor")
    return _("If it happens again, this command says what is missing: %(command)s") % {"command": command}


def _dying(subject: str, _data: Data) -> str:
    match subject:
        case "gateway":
            return _("The part that sends and receives messages stops again and again. Messages are late.")
        case "worker":
            return _("The part that imports, sends alerts and makes backups stops again and again. All of it is late.")
        case "consumer":
            return _("The part that keeps counts and segments up to date stops again and again. They are late.")
        case _:
            return _("The part that shows the pages stops again and again.")


def _report(_subject: str, _data: Data) -> str:
    command = shell_command("report")
    return _("WABolt starts it again by itself, and nothing is lost. For help, make a report: %(command)s") % {
        "command": command
    }


def _size(data: Data) -> str:
    return str(file_size(int(data.get("megabytes") or 0) * 1_000_000))


def _full(_subject: str, data: Data) -> str:
    return _("The disk of the computer is full: %(size)s are left. WABolt stops soon.") % {"size": _size(data)}


def _low(_subject: str, data: Data) -> str:
    return _("The disk of the computer is nearly full: %(size)s are left.") % {"size": _size(data)}


def _make_room(_subject: str, _data: Data) -> str:
    return _("Delete files that nobody needs, or use a larger disk. No data of the shop is lost.")


def _new(_subject: str, data: Data) -> str:
    return _("WABolt %(version)s is out.") % {"version": data.get("version", "")}


def _update(_subject: str, _data: Data) -> str:
    return _("Read what is new, make a backup, then update.")
