"""The words of the text form for registered triggers, actions and events: their labels in both languages."""

import json
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import override

from wabolt.contacts.registry import contact_actions, event_kinds
from wabolt.journeys.registry import trigger_kinds
from wabolt.journeys.rules.text_words import LANGUAGES, Vocabulary, Words


def vocabulary() -> Vocabulary:
    """The words for what is registered now."""
    return Vocabulary(
        triggers=_words({kind.key: kind.label for kind in trigger_kinds()}),
        actions=_words({action.key: action.label for action in contact_actions()}),
        events=_words({kind.key: kind.label for kind in event_kinds()}),
    )


def _words(labels: Mapping[str, str | Promise]) -> Words:
    """A word for each key and language: the label with hyphens. Where another key has the word already, the key itself
    is its word."""
    owners = {key: key for key in labels}
    found: dict[str, dict[str, str]] = {key: {} for key in labels}
    for language in LANGUAGES:
        with override(language):
            for key, label in labels.items():
                word = slugify(str(label))
                found[key][language] = word if _is_word(word) and owners.setdefault(word, key) == key else key
    return found


def _is_word(text: str) -> bool:
    """Whether a text is no number and no constant of JSON."""
    if not text:
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False
