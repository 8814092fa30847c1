"""Reads of operations."""

from wabolt.operations.queries.metrics import exposition
from wabolt.operations.queries.problems import Problem, recent_problems
from wabolt.operations.queries.readiness import Readiness, readiness
from wabolt.operations.queries.versions import is_update, newest_release, releases

__all__ = [
    "Problem",
    "Readiness",
    "exposition",
    "is_update",
    "newest_release",
    "readiness",
    "recent_problems",
    "releases",
]
