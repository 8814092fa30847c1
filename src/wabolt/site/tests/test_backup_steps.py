"""The process for a step of a restore dies, and the restore says so in a sentence."""

import sys
from pathlib import Path

import pytest

from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.steps import run_step


def test_a_process_that_dies_before_it_reads_a_step_gives_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads nothing of a step that is larger than the buffer of a pipe."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec 0<&-\necho 'out of memory' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(BackupError, match=r"nothing was changed\. out of memory"):
        run_step("postgresql:///x", {}, "finish", shops=list(range(100_000)))
