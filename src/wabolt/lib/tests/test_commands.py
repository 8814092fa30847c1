"""The command that a page prints runs in this installation."""

import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from wabolt import __version__
from wabolt.lib import commands
from wabolt.lib.commands import shell_command


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a clone with its .venv."""
    (tmp_path / "Makefile").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    monkeypatch.setattr(commands, "_SOURCE", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.delenv("WABOLT_HOME", raising=False)
    return tmp_path


def test_a_clone_is_started_with_make(clone: Path) -> None:
    assert shell_command("up") == "make run"
    assert shell_command("up --port 8080") == 'make run ARGS="--port 8080"'
    assert shell_command("demo") == "make demo"
    assert shell_command("backup toko.wabolt") == ".venv/bin/python -m wabolt backup toko.wabolt"


def test_the_demo_in_a_clone_names_its_home(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WABOLT_HOME", str(clone / ".demo-home"))
    assert shell_command("user list") == "WABOLT_HOME=.demo-home .venv/bin/python -m wabolt user list"


def test_an_installed_package_has_a_program(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / "Makefile").unlink()
    program = clone / ".venv" / "bin" / "wabolt"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert shell_command("up") == f"{program} up"
    monkeypatch.setenv("PATH", str(program.parent))
    assert shell_command("up") == "wabolt up"


def test_the_command_of_a_service_is_for_root(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In root's shell, `~` would be root's home folder."""
    (clone / "Makefile").unlink()
    program = clone / ".venv" / "bin" / "wabolt"
    program.touch()
    service = pwd.struct_passwd(("wabolt", "x", 998, 998, "", "/var/lib/wabolt", "/usr/sbin/nologin"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: service)
    monkeypatch.setattr(commands, "_CONTAINER", ())
    monkeypatch.setenv("WABOLT_HOME", "/var/lib/wabolt/shop")
    expected = f"runuser -u wabolt -- env WABOLT_HOME=/var/lib/wabolt/shop {program} backup FILE"
    assert shell_command("backup FILE") == expected
    monkeypatch.setattr(commands, "_CONTAINER", (clone,))
    assert "runuser" not in shell_command("backup FILE")


def test_no_path_of_another_place_is_told(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator has set that home folder, and knows it."""
    monkeypatch.setenv("WABOLT_HOME", "/var/lib/wabolt")
    assert shell_command("backup x") == ".venv/bin/python -m wabolt backup x"


def test_the_command_runs_in_this_very_installation() -> None:
    line = shell_command("--version")
    done = subprocess.run(line, shell=True, cwd=commands._SOURCE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wabolt, version {__version__}\n"
