"""A `Lookup` (`lib.segmentation`) that finds the rows of a model by the names in a segment condition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower


@dataclass(frozen=True, slots=True)
class RowLookup:
    """Finds rows by the texts in some of their columns. Case does not matter.

    `rows(workspace)`: the rows. `columns`: the columns with the texts; menus offer the texts of the first one.
    `answer`: the columns that a leaf gets for each row: the value of a single column, or a tuple of several.
    `newest_first`: menus begin with the newest row; otherwise they are in the order of the texts. `strict`: whether an
    unknown name gives a warning.
    """

    key: str
    rows: "Callable[[Any], QuerySet[Any]]"
    columns: tuple[str, ...] = ("name",)
    answer: tuple[str, ...] = ("pk",)
    newest_first: bool = False
    strict: bool = True

    def resolve(self, workspace: Any, words: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        """The answers by lower-case text. The database converts the words to lower case, because Python's result
        differs for some alphabets."""
        lowered = [Lower(Value(word)) for word in words]
        lower = {f"lower{position}": Lower(column) for position, column in enumerate(self.columns)}
        matches = Q()
        for name in lower:
            matches |= Q(**{f"{name}__in": lowered})
        rows = self.rows(workspace).alias(**lower)
        found: dict[str, list[Any]] = {}
        for row in rows.filter(matches).values_list(*self.answer, *self.columns):
            answer, texts = row[: len(self.answer)], row[len(self.answer) :]
            for text in {text.lower() for text in texts}:
                found.setdefault(text, []).append(answer if len(answer) > 1 else answer[0])
        return found

    def suggest(self, workspace: Any, limit: int) -> list[str]:
        """Texts for a menu, each once, without the empty one."""
        column = self.columns[0]
        rows = self.rows(workspace).exclude(**{column: ""}).values_list(column, flat=True)
        if self.newest_first:
            return list(dict.fromkeys(rows.order_by("-pk")[:limit]))
        return list(rows.order_by(column).distinct()[:limit])
