"""A new room is added without a change in the rooms below it."""

import os
import subprocess
import sys

import pytest

from tests.guards.layout import ROOT
from tests.shared import database_url


@pytest.mark.django_db
def test_sample_room_appears_wherever_rooms_are_shown() -> None:
    """`tests/wishes` is a room that only registers itself. `tests/wishes/check.py` looks for it in every place."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "WABOLT_LOG_LEVEL": "CRITICAL"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment["DJANGO_SETTINGS_MODULE"] = "tests.wishes.settings"
    code = "import django; django.setup(); from tests.wishes.check import main; raise SystemExit(main())"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_room_below_names_the_sample_room() -> None:
    sources = (path for path in (ROOT / "src").rglob("*.py") if "wishes_wish" in path.read_text("utf-8"))
    assert not list(sources)
