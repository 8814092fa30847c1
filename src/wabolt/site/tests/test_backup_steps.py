"""The process for the steps of a restore dies, and the restore says so in a sentence."""

import os
import sys
from pathlib import Path

import pytest

from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.steps import steps_on


def finish_when(told: Path) -> None:
    """Runs a step when the process has opened and closed the pipe `told`."""
    with steps_on("postgresql:///x", {}) as steps:
        told.read_bytes()
        steps.run("finish", shops=[])


def test_a_process_that_dies_before_it_reads_a_step_gives_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, reads_no_more = tmp_path / "python", tmp_path / "reads-no-more"
    os.mkfifo(reads_no_more)
    program.write_text(f"#!/bin/sh\nexec 0<&-\n: > '{reads_no_more}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(BackupError):
        finish_when(reads_no_more)
