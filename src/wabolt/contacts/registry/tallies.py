"""Figures that are expensive to count and are kept ready. A room registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wabolt.contacts.registry.event_consumers import LoggedEvent

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class TallyKind:
    """One kind of figure.

    `name`: stored with the figures, at most 40 characters.
    `kinds`: the kinds of event after which a figure has to be counted again.
    `subjects(events)`: the (workspace id, subject id) pairs that events of these kinds concern. A subject is for
    example a broadcast. Called once for a batch.
    `count(workspace_id, subjects)`: counts now, exactly; a subject without rows may be missing.
    """

    name: str
    kinds: frozenset[str]
    subjects: Callable[[Sequence[LoggedEvent]], Iterable[tuple[int, int]]]
    count: Callable[[int, Sequence[int]], Mapping[int, Counts]]


_kinds: dict[str, TallyKind] = {}


def register_tally(kind: TallyKind) -> None:
    """Adds a kind of figure. A second registration of a name replaces the first."""
    _kinds[kind.name] = kind


def tally_kinds() -> Mapping[str, TallyKind]:
    """All registered kinds by name."""
    return dict(_kinds)
