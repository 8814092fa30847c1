"""Alerts about the end of imports."""

from datetime import timedelta

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts
from wabolt.imports.models import Import
from wabolt.imports.services import alerting
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def ended(state: str, took: timedelta, **fields: object) -> Import:
    now = clock.now()
    return Import.objects.create(
        workspace=make_workspace(), kind="contacts", filename="pelanggan.csv", size=1, sha256="0" * 64, state=state,
        started_at=now - took, finished_at=now, **fields,
    )  # fmt: skip


def test_only_a_long_import_opens_an_alert() -> None:
    alerting.open_end_alert(ended("done", timedelta(seconds=5)))
    assert not Alert.objects.exists()
    imported = ended("done", timedelta(minutes=5), next_row=24_500, rejected=12)
    alerting.open_end_alert(imported)
    [shown] = open_alerts(imported.workspace, "manager")
    assert shown.sentence == "pelanggan.csv sudah masuk: 24.500 baris, 12 di antaranya ditolak."
    assert shown.url == f"/imports/{imported.pk}/"
    assert open_alerts(imported.workspace, "agent") == []


def test_alert_of_a_failed_import_has_the_reason() -> None:
    imported = ended("failed", timedelta(seconds=1), error={"code": "interrupted", "params": {}})
    alerting.open_end_alert(imported)
    [shown] = open_alerts(imported.workspace, "owner")
    assert shown.sentence.startswith("pelanggan.csv gagal diimpor: ")
    assert shown.severity == "warning"
