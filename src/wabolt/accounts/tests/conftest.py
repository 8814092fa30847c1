"""Tests of accounts."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_earlier_attempts() -> None:
    """Limits of sign-in attempts would count over all tests of a process."""
    cache.clear()
