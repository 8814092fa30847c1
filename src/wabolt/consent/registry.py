"""Registry of names for the ledger's evidence, and the refusals of a person for pure rules.

`register_evidence` names the rows that an entry of the ledger refers to. `REFUSALS`: the refusals of a person, for the
pure rules of other rooms, which may not import `queries`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wabolt.consent.rules import REFUSALS

__all__ = ["REFUSALS", "evidence_names", "named_by", "register_evidence"]

Names = Callable[[int, Sequence[int]], Mapping[int, str]]
"""Takes the id of a workspace and ids of its rows. Returns the names of the rows. Deleted rows are missing.
"""

_names: dict[str, Names] = {}


def register_evidence(key: str, names: Names) -> None:
    """Adds the names of the rows whose ids the evidence of an entry holds under `key`; called from
    `AppConfig.ready()`."""
    _names[key] = names


def named_by(model: Any, column: str, words: Callable[[Any], str] = str, owner: str = "workspace") -> Names:
    """Returns the names of rows as the `words` for a column of the Django model `model`. `owner` is the path to its
    workspace."""

    def names(workspace_id: int, ids: Sequence[int]) -> Mapping[int, str]:
        rows = model._default_manager.filter(**{owner: workspace_id}, pk__in=ids).values_list("pk", column)
        return {pk: words(value) for pk, value in rows if value}

    return names


def evidence_names(workspace_id: int, evidence: Sequence[Mapping[str, object]]) -> dict[str, Mapping[int, str]]:
    """Returns, for each registered key, the names of the rows that these pieces of evidence refer to."""
    found = {}
    for key, names in _names.items():
        ids = {value for one in evidence if type(value := one.get(key)) is int}
        found[key] = names(workspace_id, sorted(ids)) if ids else {}
    return found
