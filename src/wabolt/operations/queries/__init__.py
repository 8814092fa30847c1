"""Reads of operations."""

from wabolt.operations.queries.metrics import exposition
from wabolt.operations.queries.readiness import Readiness, readiness

__all__ = ["Readiness", "exposition", "readiness"]
