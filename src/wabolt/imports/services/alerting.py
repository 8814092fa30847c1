"""Alerts about the end of an import."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import PUSH, AlertKind, register
from wabolt.alerts.services import open_alert
from wabolt.imports.models import Import
from wabolt.imports.services.errors import error_text
from wabolt.ui.filters import number_id

DONE, FAILED = "import.done", "import.failed"
WATCHED = timedelta(minutes=1)
"""Duration from which the end of an import opens an alert. Members watch shorter ones on the page."""


def register_alerts() -> None:
    """Registers the kinds; called from `ImportsConfig.ready`."""
    register(
        AlertKind(
            DONE, gettext_lazy("An import is done"), _done, "info", _page, "manager", channels=(PUSH,),
            ends_after=timedelta(days=1),
        ),
        AlertKind(
            FAILED, gettext_lazy("An import failed"), _failed, "warning", _page, "manager",
            ends_after=timedelta(days=7),
        ),
    )  # fmt: skip


def open_end_alert(imported: Import) -> None:
    """Opens the alert of an import that ended, in the caller's transaction."""
    if imported.state == Import.State.FAILED:
        data = {"file": imported.filename, **imported.error}
        open_alert(workspace=imported.workspace, kind=FAILED, subject=str(imported.pk), data=data)
    elif imported.state == Import.State.DONE and _was_long(imported):
        data = {"file": imported.filename, "rows": imported.next_row, "rejected": imported.rejected}
        open_alert(workspace=imported.workspace, kind=DONE, subject=str(imported.pk), data=data)


def _was_long(imported: Import) -> bool:
    if imported.started_at is None or imported.finished_at is None:
        return False
    return imported.finished_at - imported.started_at >= WATCHED


def _done(_subject: str, data: Mapping[str, Any]) -> str:
    values = {key: number_id(data.get(key)) for key in ("rows", "rejected")} | {"file": str(data.get("file", ""))}
    return _("%(file)s is imported: %(rows)s rows, %(rejected)s of them refused.") % values


def _failed(_subject: str, data: Mapping[str, Any]) -> str:
    params = data.get("params")
    why = error_text(str(data.get("code", "")), params if isinstance(params, Mapping) else {})
    return _("%(file)s could not be imported: %(why)s") % {"file": str(data.get("file", "")), "why": why}


def _page(subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("imports:detail", args=[int(subject)]) if subject.isdigit() else reverse("imports:list")
