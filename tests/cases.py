"""Many cheap cases in one test."""

from collections.abc import Callable, Iterable
from typing import Any


def each(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """As `pytest.mark.parametrize`, but one test tries the cases one after the other and names the one that fails.

    For functions without fixtures: collecting, running and reporting a test costs more than they do.
    """

    given = list(cases)
    assert given, names

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            for case in given:
                values = case if isinstance(names, tuple) else (case,)
                try:
                    check(*values)
                except BaseException as error:  # `pytest.raises` fails with one that is no Exception
                    error.add_note(f"{names}: {case!r}")
                    raise

        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        return test

    return decorate
