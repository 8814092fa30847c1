"""The conditions and the problems of rules in words for the owner."""

from collections.abc import Mapping, Sequence

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.rules.checking import RuleWarning


def condition_words(rule: ReplyRule) -> str:
    """The conditions of a rule; "" for a rule without any."""
    parts = []
    if rule.weekdays:
        parts.append(_("Only %(days)s") % {"days": _day_words(rule.weekdays)})
    if rule.when != ReplyRule.When.ALWAYS:
        parts.append(str(rule.get_when_display()))
    if rule.channel is not None:
        parts.append(_("On %(number)s") % {"number": rule.channel.name})
    if rule.segment is not None:
        parts.append(_("For “%(segment)s”") % {"segment": rule.segment.name})
    return " · ".join(parts)


def _day_words(days: Sequence[int]) -> str:
    """Weekdays (0: Monday) by name. Three or more in a row are a range: "Monday–Friday, Sunday"."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        if len(run) > 2:
            words.append(f"{WEEKDAYS[run[0]]}–{WEEKDAYS[run[-1]]}")
        else:
            words += [str(WEEKDAYS[day]) for day in run]
    return ", ".join(words)


def warning_words(warning: RuleWarning, names: Mapping[int, str]) -> str:
    """A sentence about a warning. `names`: of the rules, by id."""
    words = {
        "number_off": _("Never answers: its number is off."),
        "never_closed": _("Never answers: your shop is always open."),
        "never_open": _("Never answers: your shop is closed on all of its days."),
        "empty_segment": _("Answers nobody: there is nobody in its segment now."),
        "never": _("Never answers: “%(other)s” has the same words and comes first."),
        "same_words": _("“%(word)s” is answered by “%(other)s”, which comes first."),
        "keyword": _(
            "“%(word)s” is taken by joining, stopping, a giveaway or a data request, which always come first."
        ),
        "broken_action": _("“%(word)s” no longer works. Open the rule and choose again."),
        "dead_line": _("The menu line “%(word)s” leads to a rule that is off or deleted, so it is not shown."),
    }[warning.problem]
    return words % {"word": warning.phrase, "other": names.get(warning.other, "")}
