"""Reads statements from `sql/*.sql` next to the code that runs them."""

from pathlib import Path


def statement(module: str, name: str) -> str:
    """The text of `sql/<name>.sql` next to `module` (the caller's `__file__`). Read it once, at import."""
    return (Path(module).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
