"""The functions that a view may call, found in the source: directly, and through other functions of the package."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.guards.imports import imports_in
from tests.guards.layout import SOURCE

Name = tuple[str, str]
"""A module and the name of a function or class in it."""


class Calls:
    """Names that each function of the package mentions. A name counts as called, so that a function that is passed as
    an argument is followed too. A method counts with its class."""

    def __init__(self) -> None:
        self.functions: dict[Name, ast.FunctionDef | ast.ClassDef] = {}
        self._imports: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self._modules: set[str] = set()
        self._known: dict[Name, set[Name]] = {}
        for path in sorted(SOURCE.rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                self._read(path)

    def _read(self, path: Path) -> None:
        parts = ["wabolt", *path.relative_to(SOURCE).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        self._modules.add(module)
        text = path.read_text(encoding="utf-8")
        for node in imports_in(text):
            if isinstance(node, ast.ImportFrom):
                above = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
                base = ".".join([*above, node.module] if node.module else above)
                for name in node.names:
                    self._imports[module][name.asname or name.name] = (base, name.name)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.functions[module, node.name] = node

    def _found(self, module: str, name: str) -> Name | None:
        """The function or class that a name in a module refers to; ("", module) for a module."""
        for _hop in range(8):
            if (module, name) in self.functions:
                return module, name
            if f"{module}.{name}" in self._modules:
                return "", f"{module}.{name}"
            if name not in self._imports[module]:
                return None
            module, name = self._imports[module][name]
        return None

    def _mentioned(self, name: Name) -> Iterator[Name]:
        module, _function = name
        for node in ast.walk(self.functions[name]):
            words = _words(node)
            if not words:
                continue
            found = self._found(module, words[0])
            for word in words[1:]:
                if found is None or found[0]:
                    break
                found = self._found(found[1], word)
            if found is not None and found[0]:
                yield found

    def reached(self, start: Name) -> set[Name]:
        """Everything that `start` mentions, at any depth, itself included."""
        seen, new = {start}, [start]
        while new:
            name = new.pop()
            if name not in self._known:
                self._known[name] = set(self._mentioned(name))
            new.extend(self._known[name] - seen)
            seen |= self._known[name]
        return seen


def _words(node: ast.AST) -> list[str]:
    """["a", "b", "c"] of `a.b.c`; none of other expressions."""
    words = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    return [node.id, *reversed(words)] if isinstance(node, ast.Name) else []


@cache
def calls() -> Calls:
    return Calls()
