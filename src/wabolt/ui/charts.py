"""Data for charts: shares for bars and funnels, and the JSON that a chart reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language

from wabolt.lib import formats

# The width of a full bar, in the units of the SVG's coordinate system.
FULL = 1000


def bar_rows(rows: Iterable[Sequence[Any]], whole: int | None = None) -> list[dict[str, Any]]:
    """Converts (label, value[, tone[, url]]) to rows with `width` 0..1000; the longest bar, or `whole`, is full."""
    given = [tuple(row) for row in rows]
    top = whole or max((row[1] for row in given), default=0)
    return [_row(row, top) for row in given]


def funnel_rows(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Like `bar_rows`, relative to the first row, with `share` as text ("67,4 %")."""
    given = [tuple(row) for row in rows]
    first = given[0][1] if given else 0
    language = get_language() or "id"
    return [{**_row(row, first), "share": formats.percent(row[1], first, language)} for row in given]


def _row(row: Sequence[Any], top: float) -> dict[str, Any]:
    value = row[1]
    width = min(FULL, round(FULL * value / top)) if top and value > 0 else 0
    return {
        "label": row[0],
        "value": value,
        # A value above zero stays visible, however small. Text, because templates would write "1.000".
        "width": str(max(width, 8) if value > 0 else 0),
        "tone": (row[2] if len(row) > 2 else "") or "primary",
        "url": row[3] if len(row) > 3 else "",
    }


def chart_data(data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Returns the input of `ui/chart.js`: the data with its kind, language and unit."""
    return {"kind": kind, "lang": get_language() or "id", "unit": "", **data}
