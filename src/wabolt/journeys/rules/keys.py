"""The idempotency key of a step for one person: of its message, its action and its webhook call.

The key names enrollment, step and visit, so that a repeated step sends and gives nothing again. A member who sends
people back to a step begins a new visit.
"""

import re

_KEY = re.compile(r"journey:(\d+):(\d+):\d+")


def row_key(enrollment_id: int, step_id: int, visit: int) -> str:
    """Returns the key without its origin, as `messaging.services.queue_keyed` takes it."""
    return f"{enrollment_id}:{step_id}:{visit}"


def step_key(enrollment_id: int, step_id: int, visit: int) -> str:
    """Returns the key, as `Message.idempotency_key` and `contacts.registry.ActionRun.keys` hold it."""
    return f"journey:{row_key(enrollment_id, step_id, visit)}"


def step_key_sql(run: str) -> str:
    """Returns the key as an SQL expression. `run`: the alias of a row of journeys_steprun."""
    return f"'journey:' || {run}.enrollment_id || ':' || {run}.step_id || ':' || {run}.visit"


def parse_key(key: str) -> tuple[int, int] | None:
    """Returns (enrollment id, step id) of a key; None for any other text, such as the key of an action's message."""
    match = _KEY.fullmatch(key)
    return (int(match[1]), int(match[2])) if match else None
