"""`queries` read and never write; a public function of `services` writes. The guard follows calls in the package.

A function `check_...` of services raises the errors that another one would raise, for forms.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.guards.imports import imports_in
from tests.guards.test_public_modules import MODULES

ORM_WRITES = {
    "bulk_create", "bulk_update", "create", "create_user", "delete", "get_or_create", "save", "select_for_update",
    "send_robust", "set_password", "update_or_create",
}  # fmt: skip
SQL_WRITES = re.compile(
    r"\b(INSERT INTO|DELETE FROM|UPDATE \S+( \w+)?\s+SET|TRUNCATE|FOR ((NO )?KEY )?(UPDATE|SHARE)|CREATE |DROP |COPY"
    r"|setval|pg_advisory)\b"
)
DRY_RUNS = {
    "wabolt.broadcasts.services.composing.is_ready",  # whether start would raise
    "wabolt.contacts.services.checking.refusals",  # all errors of create_contact and update_contact, for a form
    "wabolt.contacts.services.fields.clean_fields",  # raises the errors of set_field and update_contact
    "wabolt.channels.services.erasing.events_about",  # the rows that forget_people empties
    "wabolt.imports.services.erasing.rejections_about",  # the rows that empty_rejections empties
    "wabolt.imports.services.files.open_file",  # writes a temporary file
}
"""Public functions of `services` that write nothing to the database."""
Node = tuple[str, str]
"""(module, name of a function, class or constant)"""


class Program:
    """The functions, classes, constants and imports of the package, by module."""

    def __init__(self) -> None:
        self.writes_itself = cache(self._writes_itself)
        self.asks_itself = cache(self._asks_itself)
        self._uses = cache(self._find_uses)
        self.definitions: dict[Node, ast.AST] = {}
        self.imports: dict[str, dict[str, Node]] = {}
        for module, path in MODULES.items():
            text = path.read_text(encoding="utf-8")
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            self.imports[module] = dict(_imported_names(text, package))
            for node in ast.parse(text).body:
                match node:
                    case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                        self.definitions[module, name] = node
                    case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                        self.definitions[module, name] = node

    def find(self, module: str, name: str) -> Node | None:
        """The definition that `name` means in `module`."""
        for _step in range(8):
            if (module, name) in self.definitions:
                return module, name
            if name not in self.imports.get(module, {}):
                return None
            module, name = self.imports[module][name]
        return None

    def _writes_itself(self, node: Node) -> bool:
        """Whether the text of the definition writes."""
        module, _name = node
        tree = self.definitions[node]
        docstring = ast.get_docstring(tree, clean=False) if isinstance(tree, ast.FunctionDef | ast.ClassDef) else None
        for part in ast.walk(tree):
            match part:
                case ast.Constant(value=str() as text) if text != docstring and SQL_WRITES.search(text):
                    return True
                case ast.Call(func=ast.Name(id="statement"), args=[_, ast.Constant(value=str() as name)]):
                    file = MODULES[module].parent / "sql" / f"{name}.sql"
                    if file.exists() and SQL_WRITES.search(file.read_text(encoding="utf-8")):
                        return True
                case ast.Call(func=ast.Attribute() as method):
                    name = method.attr
                    is_update = name == "update" and part.keywords and not part.args
                    if name in ORM_WRITES or is_update:
                        return True
                    target = ast.unparse(method.value) if name in {"send", "defer"} else ""
                    if (name == "send" and "signal" in target) or (name == "defer" and target == "jobs"):
                        return True
        return False

    def _asks_itself(self, node: Node) -> bool:
        """Whether the definition asks the database."""
        return any(
            isinstance(part, ast.Attribute) and part.attr in {"objects", "cursor"}
            for part in ast.walk(self.definitions[node])
        )

    def closure(self, node: Node, *, classes: bool) -> set[Node]:
        """The definition and all that it uses. `classes`: also the methods of the classes that it makes objects of."""
        found, open_ones = {node}, [node]
        while open_ones:
            for other in self._uses(open_ones.pop()) - found:
                if classes or not isinstance(self.definitions[other], ast.ClassDef):
                    found.add(other)
                    open_ones.append(other)
        return found

    def _find_uses(self, node: Node) -> frozenset[Node]:
        module, _name = node
        tree = self.definitions[node]
        called = {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call)}
        found = set()
        for part in ast.walk(tree):
            other = None
            if isinstance(part, ast.Name):
                other = self.find(module, part.id)
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                base, name = self.imports[module].get(part.value.id, ("", ""))
                other = self.find(f"{base}.{name}", part.attr)
            # The methods of a model, and of a class that is only named, do not count.
            if other is not None and other != node:
                is_class = isinstance(self.definitions[other], ast.ClassDef)
                if not is_class or (id(part) in called and ".models" not in other[0]):
                    found.add(other)
        return frozenset(found)


def _imported_names(text: str, package: str) -> Iterator[tuple[str, Node]]:
    for node in imports_in(text):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base]).rstrip(".")
            for alias in node.names:
                yield alias.asname or alias.name, (base, alias.name)


@pytest.fixture(scope="module")
def program() -> Program:
    """The package. Its syntax trees take 160 MB, so no worker keeps them after this file."""
    return Program()


def _functions(program: Program, layer: str) -> list[Node]:
    """The functions in modules of a layer."""
    return [
        (module, name)
        for (module, name), tree in program.definitions.items()
        if layer in module.split(".")[2:] and isinstance(tree, ast.FunctionDef)
    ]


def _exported(program: Program, module: str, name: str) -> bool:
    """Whether a `services` module or package exports the function."""
    parts = module.split(".")
    roots = {".".join(parts[: parts.index("services") + 1]), f"wabolt.{parts[1]}.services"}
    return any(program.find(root, name) == (module, name) for root in roots)


def _writes(program: Program, node: Node, *, classes: bool) -> bool:
    return any(program.writes_itself(other) for other in program.closure(node, classes=classes))


def _reads(program: Program, node: Node) -> bool:
    """Whether the definition, or one that it uses, asks the database."""
    return any(program.asks_itself(other) for other in program.closure(node, classes=True))


def test_queries_write_nothing(program: Program) -> None:
    functions = _functions(program, "queries")
    assert len(functions) > 150
    assert [".".join(node) for node in functions if _writes(program, node, classes=False)] == []


def test_public_services_write(program: Program) -> None:
    names = [node for node in _functions(program, "services") if not node[1].startswith(("_", "check_"))]
    functions = [node for node in names if _exported(program, *node)]
    assert len(functions) > 150
    reads = [node for node in functions if not _writes(program, node, classes=True) and _reads(program, node)]
    assert {".".join(node) for node in reads} == DRY_RUNS
