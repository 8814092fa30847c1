"""Other rooms import only a room's public modules: models, queries, services, signals and registry.

Imports inside functions and under TYPE_CHECKING count. `lib` and `ui` hold no shop data and are public as a whole;
`site` wires the rooms together and may import their URLs and commands.
"""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.guards.imports import imports_in
from tests.guards.layout import ROOT

SOURCE = ROOT / "src" / "wabolt"
PUBLIC = {"models", "queries", "services", "signals", "registry"}
OPEN_ROOMS = {"lib", "ui"}
PARTS = {"optin.events", "optin.giveaways"}
"""Parts of a room with public modules of their own. Their services use those of the room, so the room cannot re-export
them without an import cycle."""
WIRING = {"site", "__main__"}
ROOMS = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name, without tests and migrations."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        if {"tests", "migrations"} & set(parts):
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported_modules(module: str, path: Path) -> set[str]:
    """The modules of the package that a module imports anywhere in its source."""
    found = set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in imports_in(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base]).rstrip(".")
            found |= {_module_of(base, alias.name) for alias in node.names}
    return {name for name in found if name.startswith("wabolt.")}


def _module_of(base: str, name: str) -> str:
    """The module that `from base import name` reads: a submodule, unless the package exports an object of that name."""
    full = f"{base}.{name}"
    return full if full in MODULES and not _exports(base, name) else base


def _exports(module: str, name: str) -> bool:
    return module in MODULES and f'    "{name}",\n' in _text(module)


@cache
def _text(module: str) -> str:
    return MODULES[module].read_text(encoding="utf-8")


def is_public(importer: str, imported: str) -> bool:
    """Whether `importer` may import `imported`: its own room, an open room, or a public module by its own name."""
    room, *rest = imported.removeprefix("wabolt.").split(".")
    own = importer.removeprefix("wabolt.").split(".")[0]
    if ".".join([room, *rest[:1]]) in PARTS:
        rest = rest[1:]
    return room in {own, *OPEN_ROOMS} or room not in ROOMS or own in WIRING or rest in [[name] for name in PUBLIC]


def violations() -> dict[str, set[str]]:
    """{importing module: imported modules that are not public}."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        private = {name for name in imported_modules(module, path) if not is_public(module, name)}
        if private:
            found[module] = private
    return dict(found)


def test_only_public_modules_are_imported() -> None:
    """{importing module: imported modules that are private to their room}"""
    assert violations() == {}


def test_the_guard_sees_imports_inside_functions(tmp_path: Path) -> None:
    path = tmp_path / "views.py"
    path.write_text(
        "def f():\n    from wabolt.contacts.queries import log\n    from wabolt.contacts import (\n        forms,\n"
        "    )  # (\n\n\nif TYPE_CHECKING:\n    import wabolt.contacts.tasks as t  # (\n"
    )
    found = imported_modules("wabolt.broadcasts.views", path)
    assert found == {"wabolt.contacts.queries.log", "wabolt.contacts.forms", "wabolt.contacts.tasks"}
    assert not any(is_public("wabolt.broadcasts.views", name) for name in found)
    assert is_public("wabolt.broadcasts.views", "wabolt.contacts.queries")
