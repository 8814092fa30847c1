"""Modules that are compiled before the workers start are those that pytest would write."""

import subprocess
import sys
from pathlib import Path

from tests.compiled import compile_module

CODE = "def test_sum() -> None:\n    assert 1 + 1 == 2\n"
RUN = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "-p", "no:django", "-p", "no:cacheprovider"]


def test_a_compiled_test_is_what_pytest_writes(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours" / "test_it.py", tmp_path / "theirs" / "test_it.py"
    for path in (ours, theirs):
        path.parent.mkdir()
        path.write_text(CODE)
    compile_module(ours)
    environment = {"PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run([*RUN, theirs], check=True, cwd=tmp_path, env=environment)
    [mine], [other] = ours.parent.glob("__pycache__/*"), theirs.parent.glob("__pycache__/*")
    assert mine.name == other.name
    assert mine.read_bytes()[:16] == other.read_bytes()[:16]
