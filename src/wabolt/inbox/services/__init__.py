"""Writes of the inbox."""

from wabolt.inbox.services.assigning import (
    ASSIGNED,
    NOT_ASSIGNED,
    assign,
    assign_newest,
    finish,
    note_seen,
    release_all_of,
)
from wabolt.inbox.services.waiting import WAITING, check_waiting, save_answer_time

__all__ = [
    "ASSIGNED",
    "NOT_ASSIGNED",
    "WAITING",
    "assign",
    "assign_newest",
    "check_waiting",
    "finish",
    "note_seen",
    "release_all_of",
    "save_answer_time",
]
