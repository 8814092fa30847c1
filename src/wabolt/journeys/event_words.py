"""The words of conditions on the data of an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import EventFact, event_kind
from wabolt.journeys.rules.event_data import AT_LEAST, AT_MOST, Where
from wabolt.lib import formats


def with_facts(words: str, workspace: Workspace, event: str, where: Where) -> str:
    """A sentence about an event with the conditions on its data: "When they order (total at least Rp100.000)"."""
    parts = facts_words(workspace, event, where)
    return f"{words} ({', '.join(parts)})" if parts else words


def facts_words(workspace: Workspace, event: str, where: Where) -> list[str]:
    """Each condition in words. One that the kind of event does not describe is shown as it is stored."""
    left, found = dict(where), []
    for fact in event_kind(event).facts:
        if not fact.is_number:
            if fact.key in left:
                value = left.pop(fact.key)
                values = value if isinstance(value, list) else [value]
                known = _known(workspace, fact, values)
                found.append(f"{fact.label}: {', '.join(known.get(one, str(one)) for one in values)}")
            continue
        for ending, words in ((AT_LEAST, _("%(fact)s at least %(value)s")), (AT_MOST, _("%(fact)s at most %(value)s"))):
            if (name := fact.key + ending) in left:
                found.append(words % {"fact": fact.label, "value": _amount(workspace, fact, left.pop(name))})
    return found + [f"{name} = {value}" for name, value in left.items()]


def _known(workspace: Workspace, fact: EventFact, values: Sequence[Any]) -> Mapping[Any, str]:
    """The words of these values, without those that do not exist."""
    if fact.search is not None:
        return fact.search.words(workspace, [value for value in values if isinstance(value, str)])
    return {value: str(words) for value, words in fact.choices(workspace)} if fact.choices is not None else {}


def _amount(workspace: Workspace, fact: EventFact, value: object) -> str:
    if not isinstance(value, int | float):
        return str(value)
    lang = get_language() or "id"
    return formats.money(int(value), workspace.currency, lang) if fact.is_money else formats.number(value, lang)
