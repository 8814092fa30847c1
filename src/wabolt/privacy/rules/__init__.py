"""Pure rules of the privacy desk: the legal clock, and the words of requests in a chat."""

from wabolt.privacy.rules.deadlines import DAY, DEADLINE, Stage, deadline_of, stage_of
from wabolt.privacy.rules.wording import CATEGORIES, DEFAULT_WORDS, kind_of_text, words_of

__all__ = [
    "CATEGORIES",
    "DAY",
    "DEADLINE",
    "DEFAULT_WORDS",
    "Stage",
    "deadline_of",
    "kind_of_text",
    "stage_of",
    "words_of",
]
