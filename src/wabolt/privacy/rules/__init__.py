"""Pure rules of the privacy desk: the legal clock, the words of requests in a chat, and attempts of notices."""

from wabolt.privacy.rules.deadlines import DAY, DEADLINE, Stage, deadline_of, stage_of
from wabolt.privacy.rules.notices import PROBLEMS, WAITS, is_final, wait_after
from wabolt.privacy.rules.wording import CATEGORIES, DEFAULT_WORDS, kind_of_text, words_of

__all__ = [
    "CATEGORIES",
    "DAY",
    "DEADLINE",
    "DEFAULT_WORDS",
    "PROBLEMS",
    "WAITS",
    "Stage",
    "deadline_of",
    "is_final",
    "kind_of_text",
    "stage_of",
    "wait_after",
    "words_of",
]
