"""Pure decisions about broadcasts: which state may follow which."""

NEXT: dict[str, frozenset[str]] = {
    "draft": frozenset({"scheduled", "freezing", "cancelled"}),
    "scheduled": frozenset({"draft", "scheduled", "freezing", "paused", "cancelled"}),
    "freezing": frozenset({"running", "cancelled", "draft"}),
    "running": frozenset({"paused", "completed", "cancelled"}),
    "paused": frozenset({"running", "scheduled", "freezing", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}
EDITABLE = frozenset({"draft"})


def may_become(state: str, wanted: str) -> bool:
    """True when a broadcast in `state` may become `wanted`."""
    return wanted in NEXT[state]
