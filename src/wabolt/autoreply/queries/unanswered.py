"""Messages that no rule answered, grouped by likeness."""

from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import UnansweredMessage

MOST_MESSAGES = 1000
"""Newest messages that are grouped."""
LIKENESS = 75
"""Similarity of the words of a message and those of its group, in percent."""


@dataclass(slots=True)
class Group:
    """Messages that ask the same. `text`: the newest one. `ids`: of the rows. `contacts`: how many people asked."""

    text: str
    words: str
    ids: list[int] = field(default_factory=list)
    people: set[int] = field(default_factory=set)

    @property
    def contacts(self) -> int:
        return len(self.people)


def count_unanswered(workspace: Workspace, most: int) -> int:
    """The number of open rows, counted up to `most`."""
    return UnansweredMessage.objects.filter(workspace=workspace, settled_at=None)[:most].count()


def unanswered_groups(workspace: Workspace) -> list[Group]:
    """The newest unanswered messages in groups, the largest group first."""
    rows = (
        UnansweredMessage.objects.filter(workspace=workspace, settled_at=None)
        .order_by("-created_at", "-pk")
        .values_list("pk", "words", "message__text", "contact")[:MOST_MESSAGES]
    )
    groups: dict[str, Group] = {}  # by the sorted words of their first message
    keys: list[str] = []
    by_words: dict[str, Group] = {}
    for pk, words, text, contact in rows:
        group = by_words.get(words)
        if group is None:
            key = " ".join(sorted(words.split()))
            near = process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=LIKENESS)
            if near is None:
                keys.append(key)
            group = groups[near[0]] if near else groups.setdefault(key, Group(text, words))
            by_words[words] = group
        group.ids.append(pk)
        group.people.add(contact)
    return sorted(groups.values(), key=lambda group: (-group.contacts, -group.ids[0]))
