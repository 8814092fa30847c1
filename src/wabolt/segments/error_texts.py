"""Error texts of segments: what is wrong, and what to write instead."""

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from wabolt.segments.rules import SegmentError

_TEXTS: dict[str, Promise] = {
    "empty_text": gettext_lazy("The text is empty. Write “everyone” for all contacts."),
    "too_long": gettext_lazy("This is longer than %(limit)s characters."),
    "too_deep": gettext_lazy("Groups are nested more than %(limit)s levels deep. Use fewer levels."),
    "too_large": gettext_lazy("This has more than %(limit)s parts. Split it into two segments."),
    "unexpected_character": gettext_lazy("The sign %(found)s has no meaning here."),
    "bad_character": gettext_lazy("There is an invisible character here. Delete it and type it again."),
    "open_text": gettext_lazy("The closing quotation mark is missing."),
    "expected_condition": gettext_lazy("A condition should begin here, not “%(found)s”."),
    "expected_condition_end": gettext_lazy("The sentence ends where a condition should follow."),
    "unknown_field": gettext_lazy("There is nothing called “%(found)s”."),
    "expected_operator": gettext_lazy("After “%(field)s” comes one of: %(options)s."),
    "unknown_operator": gettext_lazy("“%(field)s” has no such operator."),
    "expected_joining": gettext_lazy("Join two conditions with “and” or “or”."),
    "open_parenthesis": gettext_lazy("This parenthesis is never closed."),
    "extra_parenthesis": gettext_lazy("This parenthesis was never opened."),
    "never_needs_event": gettext_lazy("“never” goes with bought, received, read, replied and clicked."),
    "expected_text": gettext_lazy('Expected words in quotation marks, like "Bandung".'),
    "expected_list": gettext_lazy('Expected a list in parentheses, like ("Bandung", "Jakarta").'),
    "open_list": gettext_lazy("Expected a comma or a closing parenthesis in the list."),
    "long_list": gettext_lazy("A list has %(limit)s entries at most."),
    "expected_whole": gettext_lazy("Expected a whole number, like 2 or 150.000."),
    "expected_amount": gettext_lazy("Expected an amount, like 150 or 19.99."),
    "expected_number": gettext_lazy("Expected a number, like 5 or 2.5."),
    "expected_date": gettext_lazy("Expected a date as year-month-day, like 2026-10-31."),
    "bad_date": gettext_lazy("There is no such day: %(found)s."),
    "expected_yes_no": gettext_lazy("Expected yes or no."),
    "expected_days": gettext_lazy("Expected a number of days, like 30 days."),
    "expected_days_word": gettext_lazy("Expected “days” after the number."),
    "expected_ago": gettext_lazy("Expected “ago”, like: over 90 days ago."),
    "bad_days": gettext_lazy("A number of days from 0 to %(limit)s."),
    "unexpected_days": gettext_lazy("“%(field)s” takes no number of days here."),
    "unexpected_value": gettext_lazy("“%(field)s” takes no value here."),
    "unknown_option": gettext_lazy("“%(found)s” is not one of: %(options)s."),
    "unknown_period": gettext_lazy("There is no period called “%(found)s”."),
    "expected_broadcast": gettext_lazy("Write “any broadcast”, or “broadcast” and its name in quotation marks."),
    "blank_value": gettext_lazy("This is blank. To find missing values, write “is empty”."),
    "long_value": gettext_lazy("This is longer than %(limit)s characters."),
    "out_of_range": gettext_lazy("This must be between %(minimum)s and %(maximum)s."),
    "unknown_segment": gettext_lazy("There is no segment called “%(found)s”."),
    "segment_cycle": gettext_lazy("These segments refer to each other: %(found)s. Remove one of the conditions."),
    "bad_shape": gettext_lazy("The stored data is not a readable segment."),
}


def error_text(error: SegmentError) -> str:
    """Returns the reason and, if there is one, the suggestion."""
    text = str(_TEXTS[error.code]) % error.params
    if error.suggestion:
        text += " " + gettext("Did you mean %(suggestion)s?") % {"suggestion": error.suggestion}
    return text
