"""The guides for owners type commands that exist, and link to pages that exist."""

import re
from pathlib import Path

import pytest

from tests.guards.layout import ROOT
from tests.packaging.test_container import parse

GUIDES = [ROOT / "docs" / name for name in ("pasang-di-server.md", "pasang-di-laptop.md")]
_COMMAND = re.compile(r"(?:/bin/|-m )wabolt ([^`\n]+)")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_command_of_wabolt_is_accepted(guide: Path) -> None:
    commands = _COMMAND.findall(guide.read_text(encoding="utf-8"))
    assert len(commands) >= 2
    for command in commands:
        parse(command.split())


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_target_of_make_and_every_file_exists(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
    files = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r"wabolt-sumber/(\S+\.lock)", text)
    places = [guide.parent / name if name.endswith(".md") else ROOT / name for name in files]
    assert [str(place) for place in places if not place.exists()] == []


def test_the_readme_leads_to_the_guides() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [guide.name for guide in GUIDES if f"docs/{guide.name}" not in readme] == []
