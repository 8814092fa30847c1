"""Writes of broadcasts: compose, schedule, freeze, pause, resume, cancel, finish."""

from wabolt.broadcasts.services.composing import (
    content_of,
    copy_broadcast,
    delete_draft,
    fill_template,
    is_ready,
    let_to_strangers,
    media_of,
    save_draft,
    send_test,
)
from wabolt.broadcasts.services.running import (
    after_restore,
    cancel,
    complete_finished,
    freeze,
    mind_returned,
    pause,
    resume,
    schedule,
    start,
    start_if_due,
    unschedule,
)

__all__ = [
    "after_restore",
    "cancel",
    "complete_finished",
    "content_of",
    "copy_broadcast",
    "delete_draft",
    "fill_template",
    "freeze",
    "is_ready",
    "let_to_strangers",
    "media_of",
    "mind_returned",
    "pause",
    "resume",
    "save_draft",
    "schedule",
    "send_test",
    "start",
    "start_if_due",
    "unschedule",
]
