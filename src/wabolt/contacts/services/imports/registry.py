"""What can be imported. Rooms above add their own kinds; the wizard, the runner and the command serve them all."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Import

Row = tuple[int, list[str]]
"""A row as `lib.tables` hands it out: its number as a spreadsheet shows it, and its cells."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something a column can be: `key` as in `Import.mapping`, and its name on the screen."""

    key: str
    label: str | Promise
    group: str | Promise = ""


class Rejection(NamedTuple):
    """A row that is refused whole. `params` fill the sentence of `code` (services.reasons)."""

    row: int
    cells: Sequence[str]
    code: str
    params: Mapping[str, Any]


class Warning(NamedTuple):  # noqa: A001 - the word the owner reads
    """A cell that was left out while its row was kept. `code` is "<target>:<reason>"."""

    row: int
    code: str


@dataclass(slots=True)
class ChunkResult:
    """What became of the rows of a chunk; the four counts add up to its rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    consents: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The chunk after the one that is being stored: `peek()` answers it once it is parsed, else None;
    `submit(function, ...)` calls a function that uses no database in a thread beside."""

    peek: Callable[[], Any]
    submit: Callable[..., Future[Any]]


class Session(Protocol):
    """One run of an import, in one process."""

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether a row belongs to what the row before it began, so that one chunk must store both. Runs in a thread
        ahead of `write`, as `parse` does."""

    def parse(self, rows: Sequence[Row]) -> Any:
        """Understands a chunk. Runs in a thread ahead of `write`: no database, no shared state."""

    def write(self, parsed: Any, ahead: Ahead | None = None) -> ChunkResult:
        """Stores a parsed chunk inside the runner's transaction, which also commits the progress. It may be called
        again for the same chunk after a transaction that failed."""

    def committed(self) -> None:
        """The chunk that was written last is safe now."""

    def replay(self, parsed: Any) -> None:
        """A chunk that an earlier process has committed: remembers what later chunks must know, writes nothing."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they would be stored: `columns` (names on the screen), and for each row its number, its
    values as text, and why it would be refused ("" if not)."""

    columns: list[str | Promise]
    rows: list[tuple[int, list[str], str]]


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of import.

    `guess(workspace, columns, sample)` maps column index to target; `check(imported)` raises DomainError where a
    mapping cannot work; `open(imported)` starts a session. `asks_consent`: the wizard has a step for permission.
    `new_fields`: columns may become custom fields.
    """

    kind: str
    label: str | Promise
    targets: Callable[[Workspace], Sequence[Target]]
    guess: Callable[[Workspace, Sequence[str], Sequence[Sequence[str]]], dict[int, str]]
    check: Callable[[Import], None]
    open: Callable[[Import], Session]
    preview: Callable[[Import, Sequence[Row]], Preview]
    asks_consent: bool = False
    new_fields: bool = False


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Adds a kind of import; called from a room's `AppConfig.ready()`."""
    _importers[importer.kind] = importer


def importer_of(kind: str) -> Importer:
    """The importer of this kind. Raises KeyError."""
    return _importers[kind]


def importers() -> list[Importer]:
    """All kinds, contacts first."""
    return sorted(_importers.values(), key=lambda i: (i.kind != "contacts", i.kind))
