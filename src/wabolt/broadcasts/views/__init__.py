"""Pages of broadcasts."""

from .acting import cancel, copy, delete, pause, resume, unschedule
from .composing import attach, bubble, compose, reach
from .results import broadcast_list, detail, people
from .sending import check, check_people, test_send
from .template import template

__all__ = [
    "attach",
    "broadcast_list",
    "bubble",
    "cancel",
    "check",
    "check_people",
    "compose",
    "copy",
    "delete",
    "detail",
    "pause",
    "people",
    "reach",
    "resume",
    "template",
    "test_send",
    "unschedule",
]
