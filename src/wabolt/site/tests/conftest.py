import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's words are compared in the language of the code."""
    monkeypatch.setenv("WABOLT_LANGUAGE", "en")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may walk through, as a server started by root needs it (pytest's are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="wabolt-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
