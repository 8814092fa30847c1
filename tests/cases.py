"""Many cheap cases in one test."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from inspect import Signature, signature
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.guards.visits import taken_back


def each(
    names: str | tuple[str, ...], cases: Iterable[Any], *, undone: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize`, but one test tries the cases one after the other and names the one that fails.

    Collecting, running and reporting a test costs more than many cases do. The cases share the fixtures of the test.
    `undone`: what a case changes in the database and in clients among the fixtures is taken back before the next one.
    The log of `caplog` is emptied; a held clock, a patch and objects of fixtures stay as the case before left them.
    """

    given = list(cases)
    keys = (names,) if isinstance(names, str) else names
    assert given, names

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        def test(**fixtures: Any) -> None:
            for case in given:
                translation.deactivate()  # a request leaves its language active
                for fixture in fixtures.values():
                    if isinstance(fixture, pytest.LogCaptureFixture):
                        fixture.clear()
                values = dict(zip(keys, case if isinstance(names, tuple) else (case,), strict=True))
                try:
                    with taken_back(*_clients(fixtures)) if undone else nullcontext():
                        check(**fixtures, **values)
                except BaseException as error:  # `pytest.raises` fails with one that is no Exception
                    error.add_note(f"{names}: {case!r}")
                    raise

        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__qualname__, check.__doc__
        test.__module__ = check.__module__
        fixtures = [one for one in signature(check).parameters.values() if one.name not in keys]
        test.__signature__ = Signature(fixtures)  # type: ignore[attr-defined]
        return test

    return decorate


def _clients(fixtures: dict[str, Any]) -> list[Client]:
    return [one for one in fixtures.values() if isinstance(one, Client)]
