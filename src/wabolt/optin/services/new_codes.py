"""New codes for placements, submitted forms and tickets."""

from collections.abc import Callable

from wabolt.lib.random_codes import free_code, random_text
from wabolt.optin.rules.codes import ENTRY_LENGTH, make_code, survives_an_error


def new_code(length: int, is_free: Callable[[str], bool]) -> str:
    """Returns a random code of this length (`rules.codes`) that is no ordinary word, also with a typing error, and that
    `is_free` accepts."""

    def accepts(code: str) -> bool:
        return survives_an_error(code) and is_free(code)

    return free_code(lambda: make_code(random_text(length - 2)), accepts)


def new_form_code() -> str:
    """Returns a random code for a submitted form. The database refuses one that exists already."""
    return new_code(ENTRY_LENGTH, lambda _code: True)
