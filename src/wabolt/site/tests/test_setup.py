"""Tests of tools/setup.py: the tool it uses on machines with and without uv, pip and venv."""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[4]
UV = "/somewhere/uv"


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """tools/setup.py for a .venv of its own; ``ran`` records the commands, ``lacks`` lists what the machine does not
    have."""
    spec = importlib.util.spec_from_file_location("setup_venv", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ran: list[list[str]] = []
    lacks: set[str] = {"uv"}

    def works(command: Sequence[str]) -> bool:
        return not any(word in part for part in command for word in lacks)

    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "run", lambda command: ran.append([str(part) for part in command]))
    monkeypatch.setattr(module, "works", works)
    monkeypatch.setattr(module.shutil, "which", lambda name: None if name in lacks else UV)
    vars(module).update(ran=ran, lacks=lacks)
    return module


def test_uv_takes_the_python_that_was_chosen(setup: ModuleType) -> None:
    setup.lacks.clear()
    setup.make_venv()
    assert setup.ran == [[UV, "venv", "--quiet", "--python", sys.executable, str(setup.VENV)]]


def test_uv_looks_for_a_python_where_the_chosen_one_is_too_old(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.lacks.clear()
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    setup.make_venv()
    assert setup.ran[0][4] == ">=99.0"


def test_without_ensurepip_the_system_pip_installs(setup: ModuleType) -> None:
    setup.lacks.add("ensurepip")
    setup.make_venv()
    assert setup.ran == [[sys.executable, "-m", "venv", "--without-pip", str(setup.VENV)]]


@pytest.mark.parametrize("lacks", [{"ensurepip", "pip"}, {"venv"}])
def test_without_venv_or_any_pip_one_line_says_what_to_type(setup: ModuleType, lacks: set[str]) -> None:
    setup.lacks.update(lacks)
    with pytest.raises(SystemExit, match="sudo apt install python3"):
        setup.make_venv()
    assert setup.ran == []


def test_uv_uses_the_system_certificates(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    asked = "import os, sys; sys.exit(os.environ['UV_SYSTEM_CERTS'] != 'true')"
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    setup.run([sys.executable, "-c", asked])
    monkeypatch.setenv("UV_SYSTEM_CERTS", "false")
    with pytest.raises(SystemExit):
        setup.run([sys.executable, "-c", asked])
