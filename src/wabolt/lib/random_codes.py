"""Random codes that people read, write and type."""

import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters without 0, 1, I, L and O, which people confuse on paper."""
_MOST_TRIES = 10_000


def random_text(length: int) -> str:
    """Returns unpredictable characters of ALPHABET (4.95 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def free_code(make: Callable[[], str], is_free: Callable[[str], bool]) -> str:
    """Returns the first result of `make` that `is_free` accepts.

    Two calls at once can return one code, so a unique constraint or a lock of the caller has to refuse the second one.
    Raises RuntimeError after 10,000 refused codes, which means that nearly no code is left.
    """
    for _ in range(_MOST_TRIES):
        code = make()
        if is_free(code):
            return code
    raise RuntimeError("no free code was found")
