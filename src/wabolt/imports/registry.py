"""What can be imported. Rooms register an `Importer` per kind; the wizard, the runner and the command serve all."""

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
    """A session raises it when another process stored the same thing meanwhile. The runner repeats the chunk."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a column can be. `key` as in `Import.mapping`; `group` is its heading in the list of choices.

    `is_date`: the order of day and month matters. `repeatable`: several columns may have this target.
    """

    key: str
    label: str | Promise
    group: str | Promise = ""
    is_date: bool = False
    repeatable: bool = False


class Rejection(NamedTuple):
    """A row that is refused whole. `params` fill the sentence of `code` (`register_reasons`)."""

    row: int
    cells: Sequence[str]
    code: str
    params: Mapping[str, Any]


class Warning(NamedTuple):  # noqa: A001 - the word that the owner reads
    """A cell that was skipped while its row was stored. `code` is "<target>:<reason>"."""

    row: int
    code: str


@dataclass(slots=True)
class ChunkResult:
    """What happened to the rows of a chunk. created, updated, unchanged and rejections add up to its rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    consents: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The chunk after the one that is being stored. `peek()` returns it once it is parsed, else None;
    `submit(function, ...)` runs a function that uses no database in a second thread."""

    peek: Callable[[], Any]
    submit: Callable[..., Future[Any]]


class Session(Protocol):
    """One run of an import, in one process."""

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether a row belongs with the row before it, so that one chunk must store both. Runs in a thread ahead of
        `write`, as `parse` does."""

    def parse(self, rows: Sequence[Row]) -> Any:
        """Parses a chunk. Runs in a thread ahead of `write`: no database, no shared state."""

    def write(self, parsed: Any, ahead: Ahead | None = None) -> ChunkResult:
        """Stores a parsed chunk in the runner's transaction, which also commits the progress. It may be called again
        for the same chunk after a failed transaction. Raises LostRaceError."""

    def committed(self) -> None:
        """The chunk that was written last is committed."""

    def replay(self, parsed: Any) -> None:
        """A chunk that an earlier process committed: remembers what later chunks need, writes nothing."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they would be stored: `columns` (labels), and for each row its number, its values as text, and
    why it would be refused ("" if not). `notices` are sentences that the owner should read before starting."""

    columns: list[str | Promise]
    rows: list[tuple[int, list[str], str]]
    notices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done after an import: a button of the result page. `url(imported)` is "" where it has nothing to
    offer. The first one in order is the main button."""

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Import], str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class StartStep:
    """The third step of the wizard. The fields of `form` are also options of the command; their cleaned values reach
    `Importer.prepare`. `template` draws the fields with what `context(imported)` returns; the
    command prints `notices(imported)` instead."""

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
    """An importer that asks nothing has nothing to prepare."""


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of import.

    `targets(workspace)`: what a column can be. `guess(workspace, columns, sample)`: {column index: a
    target and how sure, 0 to 1}.
    `check(imported)` raises DomainError where a mapping cannot work. `open(imported)` starts a session.
    `preview(imported, rows)` writes nothing. `prepare(imported, answers)` runs in the transaction that queues the
    import: it may change mapping and options, and raises DomainError. `home`: name of the URL that lists what was
    imported. `result_template`: extra figures on the result page, drawn with
    `result_context(imported)` as `result`; `result_notices(imported)`: the
    same as sentences for the command.
    """

    kind: str
    label: str | Promise
    targets: Callable[[Workspace], Sequence[Target]]
    guess: Callable[[Workspace, Sequence[str], Sequence[Sequence[str]]], dict[int, Guess]]
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
    """The importer of this kind. Raises KeyError."""
    return _importers[kind]


def importers() -> list[Importer]:
    """All kinds in the order of the screen."""
    return sorted(_importers.values(), key=lambda i: (i.order, i.kind))


def register_next_step(step: NextStep) -> None:
    """Adds a button to the result page; the same key again replaces it."""
    _next_steps[step.key] = step


def next_steps(imported: Import) -> list[tuple[NextStep, str]]:
    """The steps that fit this import, each with its address."""
    found = [(step, step.url(imported)) for step in sorted(_next_steps.values(), key=lambda s: (s.order, s.key))]
    return [(step, url) for step, url in found if url]


def register_reasons(
    reasons: Mapping[str, str | Promise],
    titles: Mapping[str, str | Promise] | None = None,
    *,
    quiet: Sequence[str] = (),
) -> None:
    """Explains an importer's codes: {code: sentence with {params}} for the file of refused rows, and short titles
    without particulars for the result page. `quiet`: warning codes that the importer shows in its own template."""
    _reasons.update(reasons)
    _titles.update(titles or {})
    _quiet.update(quiet)


def is_quiet(code: str) -> bool:
    """Whether the importer's own template shows this warning."""
    return code in _quiet


def reason(code: str, params: Mapping[str, object]) -> str:
    """The sentence for a rejection; a code without an explanation shows as itself."""
    sentence = _reasons.get(code)
    if sentence is None:
        return code
    try:
        return str(sentence).format(**{key: str(value)[:80] for key, value in params.items()})
    except (KeyError, IndexError, ValueError):
        return str(sentence)


def reason_title(code: str) -> str:
    """A few words for a code, without the particulars of a row."""
    return str(_titles.get(code, code.replace("_", " ").capitalize()))
