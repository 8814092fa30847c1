"""Lists the members of archives from outside, in a process with limits."""

from wabolt.lib.limited import LimitExceededError, OpeningFailedError, ProcessLimits, run_limited

MOST_MEMBERS = 10_000
"""An office document has a few dozen members."""
_LIMITS = ProcessLimits(memory=256 * 1024**2, seconds=10, output=4 * 1024**2)


def member_names(data: bytes) -> frozenset[str]:
    """Returns the names in a ZIP archive. Returns none if it is damaged or needs more memory than a document may."""
    try:
        facts = run_limited("archives", {"most": MOST_MEMBERS}, data=data, limits=_LIMITS).facts
    except (LimitExceededError, OpeningFailedError):
        return frozenset()
    return frozenset(facts.get("names", ()))
