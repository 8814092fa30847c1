"""Registry of the kinds of imports. A room registers an `Importer` for each kind; the wizard, the runner and the
command serve all kinds."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.imports.models import Import
from wabolt.lib.columns import Guess

Row = tuple[int, list[str]]
"""A row as `lib.tables` returns it: its number as a spreadsheet shows it, and its cells."""
IGNORE = "ignore"
"""The target of a column that is left out."""


class LostRaceError(Exception):
    """Raised by a session if another process stored the same object concurrently. The runner repeats the chunk."""


@dataclass(frozen=True, slots=True)
class Target:
    """One meaning that a column can have.

    `key` is stored in `Import.mapping`; `group` is the heading in the list of choices. `is_date`: the order of day and
    month matters for this target. `repeatable`: several columns may have this target.
    """

    key: str
    label: str | Promise
    group: str | Promise = ""
    is_date: bool = False
    repeatable: bool = False


class Rejection(NamedTuple):
    """A row that is refused as a whole. `params` fill the sentence registered for `code` (`register_reasons`)."""

    row: int
    cells: Sequence[str]
    code: str
    params: Mapping[str, Any]


class CellWarning(NamedTuple):
    """A cell that was skipped while the rest of its row was stored. `code` is "<target>:<reason>"."""

    row: int
    code: str


@dataclass(slots=True)
class ChunkResult:
    """The outcome of a chunk. `created`, `updated`, `unchanged` and the number of rejections add up to its rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    consents: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lookahead:
    """Access to the chunk after the one that is being stored.

    `peek()` returns the next chunk once it is parsed, else None. `submit(function, ...)` runs a function that uses no
    database in a second thread.
    """

    peek: Callable[[], Any]
    submit: Callable[..., Future[Any]]


class Session(Protocol):
    """One run of an import, in one process."""

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Returns whether both rows belong together, so that one chunk must store them. Runs in a thread ahead of
        `write`, like `parse`."""

    def parse(self, rows: Sequence[Row]) -> Any:
        """Parses a chunk. Runs in a thread ahead of `write`: it must not use the database or shared state."""

    def write(self, parsed: Any, lookahead: Lookahead | None = None) -> ChunkResult:
        """Stores a parsed chunk in the runner's transaction, which also commits the progress. The runner may call it
        again for the same chunk after a failed transaction. Raises LostRaceError."""

    def committed(self) -> None:
        """Called after the transaction of the last written chunk was committed."""

    def replay(self, parsed: Any) -> None:
        """Called for a chunk that an earlier process committed. Remembers what later chunks need and writes nothing."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they would be stored.

    `columns` are labels. Each row has its number, its values as text (its cells if it is refused), and the reason for
    its refusal ("" if it is accepted). `notices` are sentences that the owner should read before the import starts.
    """

    columns: list[str | Promise]
    rows: list[tuple[int, list[str], str]]
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A button of the result page.

    `url(imported)` returns "" if the step does not fit this import. The first step in order is the main button.
    """

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Import], str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class StartStep:
    """The third step of the wizard.

    The fields of `form` are also options of the command. Their cleaned values are passed to `Importer.prepare`.
    `template` draws the fields with the context that `context(imported)` returns. The command prints
    `notices(imported)` instead.
    """

    label: str | Promise
    question: str | Promise
    form: type[forms.Form]
    template: str
    context: Callable[[Import], dict[str, Any]]
    notices: Callable[[Import], Sequence[str]]


def _nothing(imported: Import) -> dict[str, Any]:
    return {}


def _no_notices(imported: Import) -> Sequence[str]:
    return ()


def _keep(imported: Import, answers: Mapping[str, Any]) -> None:
    """The `prepare` of an importer without a start step."""


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of import.

    `targets(workspace)` lists the meanings a column can have. `guess(workspace, columns, sample, totals)` returns
    {column index: guess}; `totals` are the cells of the row of totals below, if the sample is the whole file.
    `check(imported)` raises DomainError if the mapping cannot work. `open(imported)` starts a session.
    `preview(imported, rows)` must not write. `prepare(imported, answers)` runs in the transaction that queues the
    import; it may change mapping and options, and raises DomainError.

    `home` is the name of the URL that lists the imported objects. `result_template` draws more figures on the result
    page with `result_context(imported)` as `result`; `result_notices(imported)` are the same figures as sentences for
    the command.
    """

    kind: str
    label: str | Promise
    targets: Callable[[Workspace], Sequence[Target]]
    guess: Callable[[Workspace, Sequence[str], Sequence[Sequence[str]], Sequence[str]], dict[int, Guess]]
    check: Callable[[Import], None]
    open: Callable[[Import], Session]
    preview: Callable[[Import, Sequence[Row]], Preview]
    home: str
    prepare: Callable[[Import, Mapping[str, Any]], None] = _keep
    start: StartStep | None = None
    result_template: str = ""
    result_context: Callable[[Import], dict[str, Any]] = _nothing
    result_notices: Callable[[Import], Sequence[str]] = _no_notices
    order: int = 100


_importers: dict[str, Importer] = {}
_next_steps: dict[str, NextStep] = {}
_reasons: dict[str, str | Promise] = {
    "too_many_cells": _("the row has {cells} cells but the table has {columns} columns"),
}
_titles: dict[str, str | Promise] = {"too_many_cells": _("Too many cells in the row")}
_quiet: set[str] = set()


def register(importer: Importer) -> None:
    """Adds a kind of import; called from a room's `AppConfig.ready()`."""
    _importers[importer.kind] = importer


def importer_of(kind: str) -> Importer:
    """Returns the importer of this kind. Raises KeyError."""
    return _importers[kind]


def importers() -> list[Importer]:
    """Returns all importers in the order of the wizard."""
    return sorted(_importers.values(), key=lambda i: (i.order, i.kind))


def register_next_step(step: NextStep) -> None:
    """Adds a button to the result page. A second step with the same key replaces the first."""
    _next_steps[step.key] = step


def next_steps(imported: Import) -> list[tuple[NextStep, str]]:
    """Returns the steps that fit this import, each with its URL."""
    found = [(step, step.url(imported)) for step in sorted(_next_steps.values(), key=lambda s: (s.order, s.key))]
    return [(step, url) for step, url in found if url]


def register_reasons(
    reasons: Mapping[str, str | Promise],
    titles: Mapping[str, str | Promise] | None = None,
    *,
    quiet: Sequence[str] = (),
) -> None:
    """Adds the explanations of an importer's codes.

    `reasons`: {code: sentence with {params}}, used in the file of refused rows. `titles`: short titles without details,
    used on the result page. `quiet`: codes of warnings that the importer shows in its own template.
    """
    _reasons.update(reasons)
    _titles.update(titles or {})
    _quiet.update(quiet)


def is_quiet(code: str) -> bool:
    """Whether the importer's own template shows warnings with this code."""
    return code in _quiet


def reason(code: str, params: Mapping[str, object]) -> str:
    """Returns the sentence for a rejection. A code without an explanation is returned unchanged."""
    sentence = _reasons.get(code)
    if sentence is None:
        return code
    try:
        return str(sentence).format(**{key: str(value)[:80] for key, value in params.items()})
    except (KeyError, IndexError, ValueError):
        return str(sentence)


def reason_title(code: str) -> str:
    """Returns a short title for a code, without the details of a row."""
    return str(_titles.get(code, code.replace("_", " ").capitalize()))
