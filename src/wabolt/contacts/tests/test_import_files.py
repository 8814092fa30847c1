"""The temporary file of an import."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.imports.models import Import
from wabolt.imports.services import files

pytestmark = pytest.mark.django_db
TEXT = "Nama;HP\nBudi;081234567890\n"


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name are found through /proc")
def test_it_has_no_name_that_could_outlive_a_killed_worker(
    upload: Callable[..., Import], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with files.on_disk(upload(make_workspace(), TEXT)) as path:
        assert list(tmp_path.iterdir()) == []
        done = subprocess.run(["cat", path], capture_output=True, text=True, check=True)  # as what opens workbooks
    assert done.stdout == TEXT
