"""English in docstrings, comments and documents follows the Django and PostgreSQL manuals (CONTRIBUTING.md, "Rules").

A machine cannot judge a sentence, but it finds the habits that made earlier sentences hard to read: headless relative
clauses in place of a noun ("Whoever has not agreed"), docstrings that begin with a question word ("What stands in the
gaps"), and a list of words that always had a plainer alternative.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.layout import ROOT

HABITS = re.compile(
    r"\b(whoever|whatever|whichever|nobody|somebody|anybody|everybody|tells? of|told of|stands?|stood|lies|beside|anew"
    r"|no sooner than|ever (?:more|less|longer|slower)|the house|storeys?|this house|keeper|nursery|stragglers?"
    r"|handover|by hand of|is over (?:with|for)|goes out once more|for good)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(r"(What|Who|Whom|Whose|Where|When|How|Why|Which|From when)\b(?![^.]*\?)")
CODE = re.compile(r"`[^`]*`")


def _sources() -> list[Path]:
    folders = ("src", "tests", "benchmarks", "tools")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")] + [*ROOT.glob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts and path != Path(__file__))


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of each docstring and comment of a Python file."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for child in body:
            match child:
                case ast.Expr(value=ast.Constant(value=str(words))):
                    yield child.lineno, words.strip()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_prose_of_a_source_file_is_plain(path: Path) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {text[:100]!r}"
        for line, text in _prose(path)
        if HABITS.search(text) or QUESTION.match(text)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "path",
    sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")}),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_prose_of_a_document_is_plain(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    faults = [
        f"{path.name}:{number}: {line}" for number, line in enumerate(lines, 1) if HABITS.search(CODE.sub("", line))
    ]
    assert not faults, "\n".join(faults)
