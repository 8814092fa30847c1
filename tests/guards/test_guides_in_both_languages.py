"""Guides that exist in both languages have the same headings, commands, tables and settings."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAIRS = (("operations.md", "operasional.md"), ("public-address.md", "alamat-publik.md"))


def _without_blocks(page: str) -> str:
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def _headings(page: str) -> list[int]:
    """The level of each heading, in order."""
    return [len(found[1]) for found in re.finditer(r"^(#+) ", _without_blocks(page), re.MULTILINE)]


def _blocks(page: str) -> list[str]:
    """The code blocks without their comments."""
    return [re.sub(r" +#.*", "", block) for block in re.findall(r"```.*?```", page, flags=re.DOTALL)]


def _code_by_section(page: str) -> list[list[str]]:
    """The code spans of each section, sorted."""
    sections = re.split(r"^## ", _without_blocks(page), flags=re.MULTILINE)
    return [sorted(re.findall(r"`([^`]+)`", section)) for section in sections]


def _rows(page: str) -> list[int]:
    """The number of columns of each table row."""
    return [line.count("|") for line in page.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
@pytest.mark.parametrize("of", [_headings, _blocks, _code_by_section, _rows])
def test_both_languages_have_the_same_structure_and_commands(of: object, pair: tuple[str, str]) -> None:
    assert callable(of)
    english, indonesian = (of((DOCS / name).read_text(encoding="utf-8")) for name in pair)
    assert indonesian == english


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_each_page_leads_to_the_other(pair: tuple[str, str]) -> None:
    for page, other in (pair, pair[::-1]):
        assert f"]({other})" in (DOCS / page).read_text(encoding="utf-8")
