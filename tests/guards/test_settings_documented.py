"""docs/operations.md documents every setting and command of an operator."""

import re
from collections.abc import Iterator

import click
import pytest

from tests.guards.layout import ROOT, SOURCE

PAGE = ROOT / "docs" / "operations.md"
_SETTING = re.compile(r"[\"'](WABOLT_[A-Z0-9_]+|DATABASE_URL)[\"']")


def _settings() -> set[str]:
    sources = [path for path in SOURCE.rglob("*.py") if "tests" not in path.parts and path.name != "settings_test.py"]
    return {name for path in sources for name in _SETTING.findall(path.read_text(encoding="utf-8"))}


def _commands(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    context.meta["help"] = True
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        elif command is not None and not command.hidden:
            yield f"{path} {name}"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_setting_is_documented(page: str) -> None:
    settings = _settings()
    assert len(settings) > 5
    assert not sorted(name for name in settings if not re.search(rf"\b{name}\b", page))


def test_every_command_is_documented(page: str) -> None:
    from wabolt.site.command.group import cli

    commands = list(_commands(cli, "wabolt"))
    assert "wabolt verify consent" in commands
    assert not [command for command in commands if not re.search(rf"{re.escape(command)}\b", page)]


def test_documented_settings_exist(page: str) -> None:
    """A documented name that no code reads is removed from the document."""
    gone = set(re.findall(r"\bWABOLT_[A-Z0-9_]+\b", page)) - _settings()
    known_elsewhere = {name for name in gone if name in (ROOT / "Makefile").read_text(encoding="utf-8")}
    assert not gone - known_elsewhere - {"WABOLT_TEST_DB"}
