"""The import contracts hold, and files and functions stay small."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.cases import each

ROOT = Path(__file__).parents[2]
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_SQL, MOST_PARAMETERS = 400, 60, 16, 6
SQL = re.compile(r"\b(SELECT .*\bFROM|INSERT INTO|DELETE FROM|UPDATE \w+)\b", re.DOTALL)
FUNCTION = re.compile(r"^([ \t]*)(?:async )?def ", re.MULTILINE)
PARAMETERS = re.compile(r"\bdef \w+(?:\[[^\n]*\])?\((.*?)\)(?: ->[^\n]*)?:(?:\n|  #| \.\.\.)", re.DOTALL)
INJECTED = {"self", "cls", "context", "content"}
"""Parameters that Python or Django's template tags fill in, and no caller."""
SOURCES = sorted(path for path in (ROOT / "src").rglob("*.py") if "migrations" not in path.parts)


def test_imports_point_downward() -> None:
    """The contracts in pyproject.toml hold. import-linter prints the imports that break them."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_files_and_functions_stay_small() -> None:
    """A longer file becomes a package, a longer function is split, more parameters become a dataclass, and a longer
    SQL statement becomes a file in `sql/`."""
    assert len(SOURCES) > 1000
    faults = [f"{path.relative_to(ROOT)}: {fault}" for path in SOURCES for fault in _too_large(path)]
    assert not faults, "\n".join(faults)


def _may_be_too_large(text: str) -> bool:
    """Whether some function or statement of the file may be. Parsing a file takes much longer.

    A function ends before the next one that is not indented more, and a parameter follows each comma.
    """
    starts = [(match.start(), len(match[1])) for match in FUNCTION.finditer(text)]
    for number, (start, indent) in enumerate(starts):
        end = next((place for place, other in starts[number + 1 :] if other <= indent), len(text))
        if text.count("\n", start, end) >= LONGEST_FUNCTION:
            return True
    if any(match[1].count(",") >= MOST_PARAMETERS for match in PARAMETERS.finditer(text)):
        return True
    return bool(SQL.search(text)) and any(one.count("\n") >= LONGEST_SQL for one in text.split('"""')[1::2])


def _too_large(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if text.count("\n") > LONGEST_FILE:
        yield "file"
    if not _may_be_too_large(text):
        return
    for node in ast.walk(ast.parse(text)):
        yield from _faults(node, is_test="tests" in path.parts)


def _faults(node: ast.AST, *, is_test: bool) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            place = f"{node.name} in line {node.lineno}"
            if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION:
                yield place
            names = {arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
            # pytest fills in the parameters of a test.
            if not node.name.startswith("test_") and len(names - INJECTED) > MOST_PARAMETERS:
                yield f"parameters of {place}"
        case ast.Constant(value=str() as value) if SQL.search(value) and not is_test:
            if value.strip().count("\n") >= LONGEST_SQL:
                yield f"SQL in line {node.lineno}"
        case ast.JoinedStr() if not is_test:
            value = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if SQL.search(value) and value.strip().count("\n") >= LONGEST_SQL:
                yield f"SQL in line {node.lineno}"


LARGE = (
    "def f():\n" + "    pass\n" * 60,
    "class A:\n    async def f(self):\n" + "        pass\n" * 60 + "    def g(self): ...\n",
    "def f(a, b, c, *, d, e, f, g): ...\n",
    "def f(\n    a: int,\n    b: int = len(()),\n    c=1,\n    d=1, e=1, f=1, g=1,\n) -> None:\n    pass\n",
    'q = """SELECT a' + "\n" * 16 + 'FROM t"""\n',
    'q = f"""SELECT {a}' + "\n" * 16 + 'FROM t"""\n',
)


@each("text", LARGE)
def test_what_is_too_large_is_found(text: str) -> None:
    assert _may_be_too_large(text)
    assert [fault for node in ast.walk(ast.parse(text)) for fault in _faults(node, is_test=False)]


def _answers() -> list[str]:
    """The right column of the table "Where is ...?"."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Where is ...?")[2].partition("\n## ")[0]
    return [line.rpartition(" | ")[2] for line in table.splitlines() if line.startswith("| ")][1:]


def _path(place: str) -> Path:
    return (ROOT if place.startswith(("tests/", "docs/")) else ROOT / "src" / "wabolt") / place


def test_the_places_in_the_architecture_exist() -> None:
    """docs/architecture.md answers at least 20 "where is" questions, each with an existing path."""
    places = [place for answer in _answers() for place in re.findall(r"`([^`]*/[^`]*)`", answer)]
    assert len(places) >= 20
    assert not [place for place in places if not _path(place).exists()]


def test_the_names_in_the_architecture_exist() -> None:
    """A name behind a path, `path` (`name`), is defined in that file."""
    found = [
        (place, name)
        for answer in _answers()
        for place, names in re.findall(r"`([^`]*/[^`]*\.py)` \(((?:`\w+`[, ]*)+)", answer)
        for name in re.findall(r"`(\w+)`", names)
    ]
    assert len(found) >= 5
    missing = [
        (place, name)
        for place, name in found
        if not re.search(rf"^(def|class|async def) {name}\b|^{name}\b", _path(place).read_text("utf-8"), re.MULTILINE)
    ]
    assert not missing


def test_every_room_is_in_the_architecture() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Inside a room")[0]
    rooms = {path.parent.name for path in (ROOT / "src" / "wabolt").glob("*/__init__.py")}
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    assert rooms == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_room_is_introduced() -> None:
    """The docstring of a room says what it owns, what it registers and where to start reading."""
    rooms = [path for path in (ROOT / "src" / "wabolt").glob("*/__init__.py") if path.parent.name != "__pycache__"]
    assert len(rooms) > 15
    assert not [
        path.parent.name for path in rooms if not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()
    ]
