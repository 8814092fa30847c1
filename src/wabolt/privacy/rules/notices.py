"""The attempts to tell an address outside that a person is erased. Pure."""

from datetime import timedelta

WAITS = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6),
    timedelta(hours=12), *[timedelta(hours=24)] * 6,
)  # fmt: skip
"""Waits after the first attempt, the second ...: a week in all. An address that was down over a holiday is told."""
FINAL_STATUS = 410
"""Gone: the receiver wants no more calls (Standard Webhooks 1.0)."""
PROBLEMS = ("unreachable", "private", "no_address")
"""Problems without a status: no answer in time; in a private network; text that is no address."""


def wait_after(attempts: int) -> timedelta | None:
    """The wait after this number of failed attempts; None: give up, and tell a member."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def is_final(problem: str) -> bool:
    """Whether another attempt cannot help."""
    return problem in {str(FINAL_STATUS), "no_address", "private"}
