"""Writes of journeys, for other rooms."""

from .drafting import (
    change_settings,
    create_journey,
    delete_draft,
    discard_draft,
    note_test_run,
    save_draft,
)
from .engine import advance_due
from .enrolling import Entrant, enroll, enroll_segment
from .entering import enter_due
from .from_recipes import create_from_recipe, new_step_id, questions_of
from .people import end_for_contacts
from .publishing import publish
from .running import archive, exit_people, pause, resume, retry_parked
from .webhooks import call_webhook

__all__ = [
    "Entrant",
    "advance_due",
    "archive",
    "call_webhook",
    "change_settings",
    "create_from_recipe",
    "create_journey",
    "delete_draft",
    "discard_draft",
    "end_for_contacts",
    "enroll",
    "enroll_segment",
    "enter_due",
    "exit_people",
    "new_step_id",
    "note_test_run",
    "pause",
    "publish",
    "questions_of",
    "resume",
    "retry_parked",
    "save_draft",
]
