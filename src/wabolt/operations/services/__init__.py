"""Writes of operations. Other rooms import from here only."""

from wabolt.operations.services.beating import beating, start_heart

__all__ = ["beating", "start_heart"]
