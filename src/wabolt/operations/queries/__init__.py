"""Reads of operations."""

from wabolt.operations.queries.metrics import exposition
from wabolt.operations.queries.origin import ReleaseSource, release_source
from wabolt.operations.queries.problems import Problem, recent_problems
from wabolt.operations.queries.processes import count_crashes, count_processes, recent_processes
from wabolt.operations.queries.readiness import Readiness, readiness
from wabolt.operations.queries.versions import is_update, newest_release, releases

__all__ = [
    "Problem",
    "Readiness",
    "ReleaseSource",
    "count_crashes",
    "count_processes",
    "exposition",
    "is_update",
    "newest_release",
    "readiness",
    "recent_problems",
    "recent_processes",
    "release_source",
    "releases",
]
