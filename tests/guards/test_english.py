"""English in docstrings, comments and documents follows the Django and PostgreSQL manuals (CONTRIBUTING.md, "Rules").

A machine cannot judge a sentence, but it finds the habits that made earlier sentences hard to read: headless relative
clauses in place of a noun ("Whoever has not agreed"), docstrings that begin with a question word ("What stands in the
gaps"), and a list of words that always had a plainer alternative. Comments in SQL, scripts, styles and templates follow
the same rule, and so do the names of tests. Texts of pages: `test_words.py`.
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
ASKING = r"(?:What|Who|Whom|Whose|Where|When|How|Why|Which|From when)\b"
QUESTION = re.compile(rf"{ASKING}(?![^.]*\?)")
IMPERATIVE = re.compile(
    r"(Add|Return|Create|Delete|Remove|Undo|Register|Send|Store|Raise|Yield|Compute|Cancel|Lock|Render|Queue|Copy|Pause"
    r"|Schedule|Parse)\b(?! of\b)(?!,)"
)
"""Docstrings use the third person ("Returns ..."); so do comments that begin with a verb."""
BEGINNING = re.compile(rf"[\"'#][\s#\\]*(?:{ASKING}|{IMPERATIVE.pattern})")
"""A string or a comment that may begin with one of these words."""
CODE = re.compile(r"`[^`]*`")
COMMENTS = {
    ".sql": re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL),
    ".js": re.compile(r"^\s*//[^\n]*|/\*.*?\*/", re.DOTALL | re.MULTILINE),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".html": re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL),
}
MARKS = re.compile(r"^\s*(--|//)|/\*|\*/|\{#|#\}|\{% (end)?comment %\}|<!--|-->")


def _sources() -> list[Path]:
    folders = ("src", "tests", "benchmarks", "tools")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")] + [*ROOT.glob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts and path != Path(__file__))


def _may_be_wrong(text: str) -> bool:
    """Whether some string, comment or name of a Python file may be. Parsing a file takes much longer."""
    return bool(BEGINNING.search(text) or HABITS.search(text.replace("_", " ")))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each docstring, comment and name of a test in a Python file."""
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for child in body:
            match child:
                case ast.Expr(value=ast.Constant(value=str(words))):
                    yield child.lineno, words.strip()
                case ast.FunctionDef(name=name) if name.startswith("test_"):
                    yield child.lineno, name.replace("_", " ")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def test_prose_of_source_files_is_plain() -> None:
    texts = [(path, path.read_text(encoding="utf-8")) for path in _sources()]
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {words[:100]!r}"
        for path, text in texts
        if _may_be_wrong(text)
        for line, words in _prose(text)
        if _is_wrong(words)
    ]
    assert len(texts) > 1500
    assert not faults, "\n".join(faults)


def _is_wrong(words: str) -> bool:
    return bool(HABITS.search(words) or QUESTION.match(words) or IMPERATIVE.match(words))


@pytest.mark.parametrize(
    "text",
    [
        '"""What it is."""\nquestion = "?"\n', "def f():\n    '''\\\n    Add it.'''\n", "x = 1  ## Return it\n",
        "# which nobody knows\n", "class A:\n    def test_nobody_knows(self): ...\n",
    ],
)  # fmt: skip
def test_prose_of_source_files_is_read(text: str) -> None:
    assert _may_be_wrong(text)
    assert any(_is_wrong(words) for _line, words in _prose(text))


def _comments(text: str, suffix: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each comment of an SQL, script, style or template file."""
    for match in COMMENTS[suffix].finditer(text):
        yield text.count("\n", 0, match.start()) + 1, MARKS.sub(" ", match[0]).strip()


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".sql", "SELECT 1  -- nobody\n"), (".sql", "/* nobody\n */"), (".js", "f();\n  // nobody\n"),
        (".js", "f(); /* nobody */"), (".css", "a {} /* nobody */"),
        (".html", "{# nobody #}"), (".html", "{% comment %}nobody{% endcomment %}"),
    ],
)  # fmt: skip
def test_comments_of_other_files_are_found(suffix: str, text: str) -> None:
    assert [words for _line, words in _comments(text, suffix)] == ["nobody"]


@pytest.mark.parametrize("suffix", COMMENTS)
def test_comments_of_other_files_are_plain(suffix: str) -> None:
    paths = [path for folder in ("src", "tests") for path in (ROOT / folder).rglob(f"*{suffix}")]
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {text[:100]!r}"
        for path in paths
        if "vendor" not in path.parts
        for line, text in _comments(path.read_text(encoding="utf-8"), suffix)
        if HABITS.search(text) or QUESTION.match(text)
    ]
    assert paths
    assert not faults, "\n".join(faults)


def test_prose_of_documents_is_plain() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    faults = [
        f"{path.relative_to(ROOT)}:{number}: {line}"
        for path in documents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if HABITS.search(CODE.sub("", line))
    ]
    assert len(documents) > 50
    assert not faults, "\n".join(faults)
