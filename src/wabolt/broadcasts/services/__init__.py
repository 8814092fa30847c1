"""Public writes of broadcasts: compose, schedule, freeze, pause, resume, cancel, finish."""

from wabolt.broadcasts.services.composing import (
    DraftValues,
    content_of,
    copy_broadcast,
    delete_draft,
    fill_template,
    is_ready,
    save_draft,
    send_test,
    set_to_strangers,
)
from wabolt.broadcasts.services.freezing import freeze
from wabolt.broadcasts.services.recovery import (
    complete_finished,
    end_expired,
    pause_refused,
    revive_frozen,
    settle_returned,
    start_due,
)
from wabolt.broadcasts.services.running import cancel, pause, resume, schedule, start, start_if_due, unschedule
from wabolt.broadcasts.services.settling import settle_doubtful
from wabolt.broadcasts.services.ticked import segment_of_people

__all__ = [
    "DraftValues",
    "cancel",
    "complete_finished",
    "content_of",
    "copy_broadcast",
    "delete_draft",
    "end_expired",
    "fill_template",
    "freeze",
    "is_ready",
    "pause",
    "pause_refused",
    "resume",
    "revive_frozen",
    "save_draft",
    "schedule",
    "segment_of_people",
    "send_test",
    "set_to_strangers",
    "settle_doubtful",
    "settle_returned",
    "start",
    "start_due",
    "start_if_due",
    "unschedule",
]
