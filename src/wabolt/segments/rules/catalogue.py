"""The fields a segment can ask about, as data. The parser, the checks, the builder page and the docs all read it."""

import difflib
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


class Kind(enum.Enum):
    """What a field holds, and thereby what can be asked about it."""

    TEXT = "text"
    CHOICE = "choice"  # text out of `options`
    WHOLE = "whole"  # never unknown: 0 where nothing happened
    AGE = "age"  # whole years, may be unknown
    MONEY = "money"  # in the workspace's currency as people say it (150000 rupiah, 19.99 dollars), never unknown
    NUMBER = "number"  # decimal, may be unknown
    DATE = "date"  # a day, may lie ahead
    MOMENT = "moment"  # something that happened
    ANNIVERSARY = "anniversary"  # comes back each year
    YES_NO = "yes_no"
    FLAG = "flag"  # the field's name alone is the condition
    TAG = "tag"
    STATE = "state"  # the field's name followed by one word out of `options`
    BOUGHT = "bought"
    BROADCAST = "broadcast"


# A phrase is what stands between the field and the value. "" says that the value follows at once.
_EMPTY = ("is empty", "is not empty")
_EQUAL = ("=", "!=")
_ORDER = ("<", "<=", ">", ">=")
_LIST = ("in", "not in")
_DAYS = ("within", "over", "on", "before", "after")

OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: (*_EQUAL, *_LIST, "contains", "starts with", *_EMPTY),
    Kind.CHOICE: (*_EQUAL, *_LIST, *_EMPTY),
    Kind.WHOLE: (*_EQUAL, *_ORDER),
    Kind.AGE: (*_EQUAL, *_ORDER, *_EMPTY),
    Kind.MONEY: (*_EQUAL, *_ORDER),
    Kind.NUMBER: (*_EQUAL, *_ORDER, *_EMPTY),
    Kind.DATE: (*_DAYS, "within next", *_EMPTY),
    Kind.MOMENT: (*_DAYS, *_EMPTY),
    Kind.ANNIVERSARY: ("within", *_EMPTY),
    Kind.YES_NO: ("is", *_EMPTY),
    Kind.FLAG: ("",),
    Kind.TAG: ("", "in", *_EMPTY),
    Kind.STATE: ("",),
    Kind.BOUGHT: ("", "in"),
    Kind.BROADCAST: ("any", ""),
}

# Kinds whose condition may end in "within N days", and be denied with "never".
EVENT_KINDS = frozenset({Kind.BOUGHT, Kind.BROADCAST})

CONSENT_STATES = ("granted", "withdrawn", "none")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: `key` is how it is written, `group` where a menu shows it. `label` is the shop's own name for a field
    of its own; the names of the built-in ones, in each language, are in `segments.phrases`.

    `options` are the words allowed for a choice or state; `minimum` and `maximum` bound a whole number;
    `aliases` are words people try instead, answered with "did you mean". Of money: how many decimal places it has (two
    at most: three digits behind a point are thousands), and the small letters that may stand before an amount.
    """

    key: str
    kind: Kind
    group: str
    label: str = ""
    options: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 10**15
    aliases: tuple[str, ...] = ()
    decimals: int = 0
    units: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


BUILT_IN: tuple[FieldSpec, ...] = (
    FieldSpec("name", Kind.TEXT, "contact", aliases=("nama",)),
    FieldSpec("city", Kind.TEXT, "contact", aliases=("kota", "lokasi", "location", "town")),
    FieldSpec("gender", Kind.CHOICE, "contact", options=("female", "male"), aliases=("jk", "sex", "kelamin")),
    FieldSpec("age", Kind.AGE, "contact", maximum=150, aliases=("umur", "usia")),
    FieldSpec("birthday", Kind.ANNIVERSARY, "contact", aliases=("ultah", "lahir", "birthdate")),
    FieldSpec("birthday month", Kind.AGE, "contact", minimum=1, maximum=12, aliases=("bulan",)),
    FieldSpec("source", Kind.TEXT, "contact", aliases=("sumber", "origin")),
    FieldSpec("language", Kind.TEXT, "contact", aliases=("bahasa",)),
    FieldSpec("email", Kind.TEXT, "contact", aliases=("mail", "surel")),
    FieldSpec("created", Kind.MOMENT, "contact", aliases=("added", "dibuat", "joined", "bergabung")),
    FieldSpec("tag", Kind.TAG, "contact", aliases=("tags", "label", "labels")),
    FieldSpec("has phone", Kind.FLAG, "contact", aliases=("phone", "telepon", "hp")),
    FieldSpec(
        "consent marketing",
        Kind.STATE,
        "consent",
        options=CONSENT_STATES,
        aliases=("consent", "izin", "marketing"),
    ),
    FieldSpec(
        "consent service",
        Kind.STATE,
        "consent",
        options=CONSENT_STATES,
        aliases=("service",),
    ),
    FieldSpec("orders", Kind.WHOLE, "orders", aliases=("order", "pesanan", "purchases")),
    FieldSpec("spent", Kind.MONEY, "orders", aliases=("total", "belanja", "spend", "revenue")),
    FieldSpec("last order", Kind.MOMENT, "orders", aliases=("last", "last_order", "terakhir")),
    FieldSpec("first order", Kind.MOMENT, "orders", aliases=("first", "first_order")),
    FieldSpec("bought product", Kind.BOUGHT, "orders", aliases=("product", "produk", "sku", "bought")),
    FieldSpec("bought category", Kind.BOUGHT, "orders", aliases=("category", "kategori")),
    FieldSpec("received", Kind.BROADCAST, "messages", aliases=("got", "sent", "menerima")),
    FieldSpec("read", Kind.BROADCAST, "messages", aliases=("opened", "membaca", "seen")),
    FieldSpec("replied", Kind.BROADCAST, "messages", aliases=("membalas", "answered")),
    FieldSpec("clicked", Kind.BROADCAST, "messages", aliases=("klik", "mengklik")),
    FieldSpec("last reply", Kind.MOMENT, "messages", aliases=("last_reply", "reply")),
    FieldSpec("has written", Kind.FLAG, "messages", aliases=("written", "wrote", "chat")),
)

CUSTOM_PREFIX = "field."
CUSTOM_KINDS = {
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "choice": Kind.CHOICE,
    "yes_no": Kind.YES_NO,
}

# Words of the language itself, so that "did you mean" can also point at them.
JOINING_WORDS = ("and", "or", "not", "never", "everyone")


def custom_field(*, key: str, label: str, kind: Kind, options: tuple[str, ...] = ()) -> FieldSpec:
    """Return the spec of a workspace's own field; `key` is the bare key, without "field."."""
    return FieldSpec(CUSTOM_PREFIX + key, kind, "fields", label, options)


class Catalogue:
    """The built-in fields and a workspace's own ones, looked up by the word they are written with.

    `decimals` and `units` are those of the workspace's currency (see `FieldSpec`); rupiah when nothing is said.
    """

    def __init__(
        self, custom: Iterable[FieldSpec] = (), *, decimals: int = 0, units: tuple[str, ...] = ("rp", "idr")
    ) -> None:
        self._specs = {
            spec.key: replace(spec, decimals=decimals, units=units) if spec.kind is Kind.MONEY else spec
            for spec in (*BUILT_IN, *custom)
        }
        self._by_words = {tuple(key.lower().split(" ")): spec for key, spec in self._specs.items()}
        self._longest = max(len(words) for words in self._by_words)

    def __iter__(self) -> Iterator[FieldSpec]:
        return iter(self._specs.values())

    def get(self, key: str) -> FieldSpec | None:
        """Return the spec written exactly so, or None."""
        return self._specs.get(key)

    def match(self, words: list[str]) -> tuple[FieldSpec, int] | None:
        """Return the longest field that these words begin with, and how many words it takes."""
        for count in range(min(self._longest, len(words)), 0, -1):
            spec = self._by_words.get(tuple(word.lower() for word in words[:count]))
            if spec is not None:
                return spec, count
        return None

    def suggest(self, word: str) -> str:
        """Return the field (or joining word) that was probably meant by an unknown word, or ""."""
        lowered = word.lower()
        for spec in self:
            if lowered in spec.aliases or spec.key == CUSTOM_PREFIX + lowered:
                return spec.key
        return closest(lowered, [*self._specs, *JOINING_WORDS])


def closest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate most like `word`, or "" when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    # A long pasted word would make the comparison slow and is no typing error.
    matches = difflib.get_close_matches(word.lower()[:60], list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else ""
