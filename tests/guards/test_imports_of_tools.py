"""Benchmarks and tools run rarely, so a name that has moved would stay unnoticed in them."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.guards.layout import ROOT

FILES = sorted(path.relative_to(ROOT) for folder in ("benchmarks", "tools") for path in (ROOT / folder).glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_name_that_a_benchmark_or_tool_imports_exists(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    missing = [
        f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("wabolt", "benchmarks", "tests")
        for name in node.names
        if not _exists(node.module or "", name.name)
    ]
    assert not missing


def _exists(module: str, name: str) -> bool:
    return hasattr(import_module(module), name) or find_spec(f"{module}.{name}") is not None
