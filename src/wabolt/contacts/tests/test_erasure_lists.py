"""The list of erased people while a place for backups is away."""

from pathlib import Path

import pytest
from django.db import connection

from wabolt.backups.models import BackupSettings
from wabolt.backups.services import ensure_settings
from wabolt.contacts.services import queue_erasure_list, write_erasure_list

pytestmark = pytest.mark.django_db


def test_retry_for_a_place_that_is_away_holds_back_no_later_erasure(tmp_path: Path) -> None:
    """A job whose time has not come keeps its lock from all later jobs, so the other places would wait for an hour."""
    ensure_settings()
    BackupSettings.objects.update(folder=str(tmp_path), use_folder=True, use_s3=False)
    assert not write_erasure_list(), "the folder has no marker: the disk is unplugged"
    assert not write_erasure_list()
    queue_erasure_list()
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, lock, scheduled_at IS NOT NULL FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [
            ("contacts.retry_erasure_list", None, True),
            ("contacts.store_erasure_list", "contacts.store_erasure_list", False),
        ]
