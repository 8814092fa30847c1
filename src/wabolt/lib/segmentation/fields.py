"""The declaration of a field of a segment."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wabolt.lib.segmentation.conditions import Condition
from wabolt.lib.segmentation.sql import Context, Sql


class Kind(enum.Enum):
    """The type of a field's values. It decides which operators the field has."""

    TEXT = "text"
    CHOICE = "choice"  # text out of `options`
    WHOLE = "whole"  # never unknown: 0 where nothing happened
    AGE = "age"  # whole number, may be unknown
    MONEY = "money"  # in the workspace's currency as people say it (150000 rupiah, 19.99 dollars), never unknown
    NUMBER = "number"  # decimal, may be unknown
    DATE = "date"  # a day, may be in the future
    MOMENT = "moment"  # a point of time in the past
    ANNIVERSARY = "anniversary"  # recurs every year
    YES_NO = "yes_no"
    FLAG = "flag"  # the field's name alone is the condition
    TAG = "tag"
    NAMED = "named"  # one thing of the shop by its name
    STATE = "state"  # the field's name followed by one word out of `options`
    BOUGHT = "bought"
    BROADCAST = "broadcast"


def reads(*aliases: str) -> Callable[[Condition], frozenset[str]]:
    """A `FieldSpec.tables` for a leaf that reads the columns of these aliases for every condition."""
    tables = frozenset(aliases)
    return lambda _condition: tables


_READS_NOTHING = reads()

EXISTENCE = frozenset({"contact_created", "contact_merged", "contact_parted", "contact_erased"})
"""The kinds of events with which a contact begins or ends, or takes over what belonged to another one."""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """A heading in the menu of fields. `label`: translated text; groups are shown by `order`."""

    key: str
    label: object
    order: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class FieldSpec:
    """One field.

    `key`: the English words it is written with and stored under. `group`: the key of its FieldGroup.
    `label`: its name in menus, translated text.
    `words`: the words of other languages, {"id": ("kota", "domisili")}: all are understood, the first is printed.
    `aliases`: further words, answered with "did you mean".
    `options`: the values of a choice or state; `option_labels` their names in menus, `option_words` their words in
    other languages, {"id": {"female": ("perempuan", "wanita")}}.
    `minimum`, `maximum`: bounds of a whole number. `unit`: what is counted, translated text.
    `decimals`, `units`: of money, the decimal places (at most two: three digits behind a point are thousands) and the
    lower-case signs that may precede an amount. The workspace's currency fills them in.
    `lookup`: the key of the Lookup that turns its values into ids; "" for none.
    `sentences`: whole phrases by operator, with {} for the value, where "label operator value" sounds wrong.
    `leaf(condition, spec, context)`: the condition as SQL about contact `c`. The compiler turns "!=", "not in" and
    "is not empty" into negations first, except for the kinds WHOLE and MONEY.
    `tables(condition)`: the aliases (`c` or of a JoinedTable) whose columns the leaf reads; `c.id` does not count.
    `changed_by`: the kinds of events that can change whether a condition on the field holds for their contact. Every
    write that can do so records one of them in its transaction: live segments ask again only about the contacts of
    these events. What begins or ends a contact (EXISTENCE) counts for every field. The clock, and a new meaning of a
    name or setting, need no event if they change the parameters of the leaf: then its segments are evaluated whole.
    """

    key: str
    kind: Kind
    group: str
    label: object = ""
    options: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 10**15
    aliases: tuple[str, ...] = ()
    decimals: int = 0
    units: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    option_labels: Mapping[str, object] = field(default_factory=dict)
    option_words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    unit: object = ""
    lookup: str = ""
    sentences: Mapping[str, object] = field(default_factory=dict)
    leaf: "Leaf | None" = None
    tables: Callable[[Condition], frozenset[str]] = _READS_NOTHING
    changed_by: frozenset[str] = frozenset()
    facts: Callable[[Any], object] | None = None


Leaf = Callable[[Condition, FieldSpec, Context], Sql]
