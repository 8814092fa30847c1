"""Reads the sentences that the pages print: "sudah belanja minimal 2 kali", "City is Bandung".

A sentence is one condition. Its words come from `segments.sentences`, which derives them from the texts of `phrases`.
"""

import datetime as dt
import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from wabolt.lib.formats import MONTHS
from wabolt.lib.money import UNITS
from wabolt.lib.segmentation import FieldSpec, Value

from .catalogue import EVENT_KINDS
from .errors import LanguageError
from .lexer import QUOTES, quoted
from .tree import Condition, Not
from .values import option_of, scaled
from .words import JOINING, spellings

OWN_LABEL = "\0"  # precedes the label of a shop's own field that must be quoted

_WORD = re.compile(r"\s*([^\s,()\"“”„]+|,)")
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"[−-]?[0-9][0-9.,]*")
_SCALE = re.compile(rf"\s?(?:{'|'.join(UNITS)})(?!\w)", re.IGNORECASE)
_BY_LANGUAGE = {
    "id": re.compile(r"(?P<whole>-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+))(?:,(?P<rest>[0-9]+))?"),
    "en": re.compile(r"(?P<whole>-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+))(?:\.(?P<rest>[0-9]+))?"),
}
_DATE = re.compile(r"(?P<day>[0-9]{1,2})\s+(?P<month>[^\W\d]{3,})\.?\s+(?P<year>[0-9]{4})(?!\w)")
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?!\w)")
_MONTHS = {name.lower(): number for names in MONTHS.values() for number, name in enumerate(names, 1)}
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in ("\\", *QUOTES["“"])})
_PLAIN = re.compile(r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)*")
_ENDS = frozenset(spelling for word in ("and", "or") for spelling in spellings(JOINING[word]))


class Slot(enum.Enum):
    """The type of the value of a sentence."""

    NONE = "none"
    TEXT = "text"
    LIST = "list"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DAYS = "days"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One way to say a condition. The slot is between the lower-case words `before` and `after`; `value` and `days`
    are those of a sentence without a slot."""

    spec: FieldSpec
    op: str
    negated: bool
    slot: Slot
    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    value: Value = None
    days: int | None = None
    language: str = "id"


@dataclass(slots=True)
class Sentences:
    """The sentences of a catalogue in every language.

    `reserved`: the lower-case words that end an unquoted text. `days`: for each language the words around the number of
    "in the last 30 days", which may follow what a person bought or read. `option_labels`: by field key, the option
    behind each lower-case label.
    """

    sentences: Iterable[Sentence]
    reserved: frozenset[str]
    days: Iterable[tuple[tuple[str, ...], tuple[str, ...]]] = ()
    option_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    _starts: dict[tuple[str, ...], list[Sentence]] = field(init=False, default_factory=dict)
    _longest: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        for sentence in self.sentences:
            self._starts.setdefault(sentence.before, []).append(sentence)
        self._longest = max(map(len, self._starts), default=0)

    def match(self, text: str, start: int) -> tuple[Condition | Not, int] | None:
        """Returns the condition that `text` says from `start` on, and where it ends; None when no sentence fits.

        The sentence with the most words before its value wins. It must end at a joining word, a parenthesis or the end.
        """
        words = self._words(text, start)
        for count in range(len(words), 0, -1):
            for sentence in self._starts.get(tuple(word for word, _end in words[:count]), ()):
                found = self._fill(sentence, text, words[count - 1][1])
                if found is not None:
                    condition, end = found
                    return (Not(condition) if sentence.negated else condition), end
        return None

    def _words(self, text: str, start: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        if text[start] in QUOTES:
            try:
                label = quoted(text, start)
            except LanguageError:
                return []
            start += label.length
            found.append((OWN_LABEL + label.value, start))
        while len(found) < self._longest and (match := _WORD.match(text, start)):
            start = match.end()
            found.append((match.group(1).lower(), start))
        return found

    def _fill(self, sentence: Sentence, text: str, position: int) -> tuple[Condition, int] | None:
        condition = Condition(sentence.spec.key, sentence.op, sentence.value, sentence.days)
        if sentence.slot is not Slot.NONE:
            found = self._read(sentence, text, _after_space(text, position))
            if found is None:
                return None
            value, position = found
            if sentence.slot is Slot.DAYS and isinstance(value, int):
                condition = replace(condition, within_days=value)
            else:
                condition = replace(condition, value=value)
        end = _take(text, position, sentence.after)
        if end is None:
            return None
        if sentence.spec.kind in EVENT_KINDS:
            for before, after in self.days:
                begun = _take(text, end, before)
                number = _read_number(text, _after_space(text, begun), sentence.language) if begun is not None else None
                done = _take(text, number[1], after) if number else None
                if number and done is not None and number[0] == int(number[0]):
                    condition, end = replace(condition, within_days=int(number[0])), done
                    break
        return (condition, end) if _ends(text, end) else None

    def _read(self, sentence: Sentence, text: str, position: int) -> tuple[Value, int] | None:
        match sentence.slot:
            case Slot.TEXT:
                return self._read_text(sentence.spec, text, position)
            case Slot.LIST:
                return self._read_list(sentence.spec, text, position)
            case Slot.BROADCAST:
                if text.startswith("#", position):
                    return _whole(_read_number(text, position + 1, sentence.language))
                return self._read_text(sentence.spec, text, position)
            case Slot.DATE:
                return _read_date(text, position)
            case Slot.NUMBER:
                return _read_number(text, position, sentence.language)
            case Slot.MONEY:
                return _read_money(sentence, text, position)
            case _:
                return _whole(_read_number(text, position, sentence.language))

    def _read_text(self, spec: FieldSpec, text: str, position: int) -> tuple[str, int] | None:
        if position < len(text) and text[position] in QUOTES:
            try:
                token = quoted(text, position)
            except LanguageError:
                return None
            value, position = token.value, position + token.length
        else:
            words: list[str] = []
            while (match := _WORD.match(text, position)) and match.group(1).lower() not in (self.reserved | {","}):
                words.append(match.group(1))
                position = match.end()
            value = " ".join(words)
            if not words:
                return None
        option = self.option_labels.get(spec.key, {}).get(value.lower())
        return option or option_of(spec, value), position

    def _read_list(self, spec: FieldSpec, text: str, position: int) -> tuple[Value, int] | None:
        items: list[str] = []
        while True:
            found = self._read_text(spec, text, position)
            if found is None:
                return None
            items.append(found[0])
            position = found[1]
            comma = _after_space(text, position)
            if not text.startswith(",", comma):
                return tuple(items), position
            position = _after_space(text, comma + 1)


def words_of(pattern: str) -> tuple[str, ...]:
    """Returns the lower-case words of a pattern without its slot, as `Sentences.match` compares them."""
    return tuple(word.lower() for word in _WORD.findall(pattern) if word != "{}")


def plain(value: str, reserved: frozenset[str]) -> bool:
    """Returns whether a text may be printed without quotation marks, so that `Sentences.match` reads it back."""
    return bool(_PLAIN.fullmatch(value)) and reserved.isdisjoint(value.lower().split(" "))


def in_quotes(value: str) -> str:
    """Returns a text in curly quotation marks, as the lexer reads it."""
    return f"“{value.translate(_ESCAPED)}”"


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _take(text: str, position: int, words: tuple[str, ...]) -> int | None:
    """Returns the place behind these words, None when the text says something else."""
    for word in words:
        match = _WORD.match(text, position)
        if match is None or match.group(1).lower() != word:
            return None
        position = match.end()
    return position


def _ends(text: str, position: int) -> bool:
    position = _after_space(text, position)
    if position == len(text) or text[position] == ")":
        return True
    return any(_take(text, position, spelling) is not None for spelling in _ENDS)


def _read_number(text: str, position: int, language: str) -> tuple[Decimal, int] | None:
    match = _NUMBER.match(text, position)
    if match is None:
        return None
    digits = match.group().rstrip(".,")
    word = _SCALE.match(text, position + len(digits))
    if word and (amount := scaled(digits + word.group())) is not None:
        return Decimal(amount), word.end()
    found = _BY_LANGUAGE[language].fullmatch(digits.replace("−", "-"))
    if found is None or len(digits) > 40:
        return None
    whole = re.sub(r"[.,]", "", found["whole"])
    return Decimal(f"{whole}.{found['rest']}" if found["rest"] else whole), position + len(digits)


def _whole(found: tuple[Decimal, int] | None) -> tuple[int, int] | None:
    return (int(found[0]), found[1]) if found and found[0] == found[0].to_integral_value() else None


def _read_money(sentence: Sentence, text: str, position: int) -> tuple[int | Decimal, int] | None:
    """Reads an amount, with or without the sign of the catalogue's currency. A whole amount is an int."""
    for unit in sorted(sentence.spec.units, key=len, reverse=True):
        if text[position : position + len(unit)].lower() == unit:
            position = _after_space(text, position + len(unit))
            break
    found = _read_number(text, position, sentence.language)
    return _whole(found) or found


def _read_date(text: str, position: int) -> tuple[dt.date, int] | None:
    match = _DATE.match(text, position) or _ISO.match(text, position)
    if match is None:
        return None
    month = match["month"]
    try:
        number = int(month) if month.isdecimal() else _MONTHS[month[:3].lower()]
        return dt.date(int(match["year"]), number, int(match["day"])), match.end()
    except (KeyError, ValueError):
        return None
