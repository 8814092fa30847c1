"""The import statements of a source file, found without parsing the rest of it."""

import ast
import re
from collections.abc import Iterator

STATEMENT = re.compile(
    r"^[ \t]*(from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^)]*\)|[^(\n]+)"
    r"|import[ \t]+[\w.]+(?:[ \t]+as[ \t]+\w+)?)[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
"""Ruff puts each import on lines of its own."""


def imports_in(text: str) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports at any depth: of the module, in functions and under TYPE_CHECKING."""
    for node in ast.parse("\n".join(STATEMENT.findall(text))).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
