"""Public writes of broadcasts: compose, schedule, freeze, pause, resume, cancel, finish."""

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
from wabolt.broadcasts.services.freezing import freeze
from wabolt.broadcasts.services.minding import (
    complete_finished,
    end_expired,
    hold_refused,
    mind_returned,
    revive_frozen,
    start_due,
)
from wabolt.broadcasts.services.running import cancel, pause, resume, schedule, start, start_if_due, unschedule
from wabolt.broadcasts.services.ticked import segment_of_people

__all__ = [
    "cancel",
    "complete_finished",
    "content_of",
    "copy_broadcast",
    "delete_draft",
    "end_expired",
    "fill_template",
    "freeze",
    "hold_refused",
    "is_ready",
    "let_to_strangers",
    "media_of",
    "mind_returned",
    "pause",
    "resume",
    "revive_frozen",
    "save_draft",
    "schedule",
    "segment_of_people",
    "send_test",
    "start",
    "start_due",
    "start_if_due",
    "unschedule",
]
