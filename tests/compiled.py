"""Compiles all modules once, before the workers of a parallel run start.

In a new clone each worker would compile the package and rewrite the assertions of all tests. pytest has no public
function for the second; it notices by the contents of a file that a compiled module is old, and rewrites it again.
"""

import compileall
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from _pytest.assertion import rewrite

FOLDERS = ("src", "tests", "tools")
WITH_ASSERTIONS = re.compile(r"(?:test_\w+|conftest)\.py")


def compile_modules(root: Path) -> None:
    """Compiles each module of the package and of the tests that is not compiled yet, on all cores."""
    if sys.dont_write_bytecode:
        return
    paths = [path for folder in FOLDERS for path in (root / folder).rglob("*.py")]
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        list(pool.map(compile_module, [root / "conftest.py", *paths], chunksize=20))


def compile_module(path: Path) -> None:
    """Compiles one module, as pytest does it if the module has assertions."""
    if not WITH_ASSERTIONS.fullmatch(path.name):
        compileall.compile_file(path, quiet=2)
        return
    compiled = rewrite.get_cache_dir(path) / (path.name[:-3] + rewrite.PYC_TAIL)
    if rewrite._read_pyc(path, compiled) is None:
        state: Any = SimpleNamespace(trace=lambda _text: None)
        no_config: Any = None
        with suppress(OSError, SyntaxError):  # pytest reports a module that cannot be read, and may not write either
            source_hash, code = rewrite._rewrite_test(path, no_config)
            compiled.parent.mkdir(parents=True, exist_ok=True)
            rewrite._write_pyc(state, code, source_hash, compiled)
