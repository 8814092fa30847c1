"""Guesses the targets of the columns of a table from their names and values."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import NamedTuple

from wabolt.lib.choices import parse_gender, parse_yes_no
from wabolt.lib.cities import is_known_city
from wabolt.lib.column_names import EXACT_ONLY, NAMES, NOT_WORDS, Kind, describes_another
from wabolt.lib.dates import parse_date, parse_datetime
from wabolt.lib.known_files import known_file
from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.phones import Phone, parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import is_rounded, means_nothing, normalise_keyword, slug

_NAMES_INDEX: dict[Kind, dict[str, dict[str, int]]] = {
    kind: {target: {name: rank for rank, name in enumerate(names.split(","))} for target, names in targets.items()}
    for kind, targets in NAMES.items()
}

_REFUSED_WORDS = {target: frozenset(words.split()) for target, words in NOT_WORDS.items()}
_RUNNING_NUMBERS = {"no", "nomor", "no urut", "nomor urut", "number", "row", "baris"}

_RECEIVER = frozenset({"penerima", "receiver", "recipient", "shipping"})

_MACHINE_MADE = {"timestamp", "cap waktu", "stempel waktu", "waktu pengisian"}
"""Columns that online forms add."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_NAMELESS = re.compile(r"(?:kolom|column|col|field|data)? ?(?:[a-z]{1,2}|[0-9]+)?")
_NAME_PARTS = ("first_name", "middle_name", "last_name")
_STRICT = frozenset(
    (
        "phone",
        "email",
        "birth_date",
        "ordered_at",
        "gender",
        "consent",
        "quantity",
        "unit_price",
        "total",
        "order_total",
    )
)
"""Targets with typical values: values that do not fit count against the name."""
_UNIQUE = 0.9
"""Minimum number of codes per person in a column of customer codes."""
_ASKED = 0.5
"""Score of a column whose name contains a consent phrase and whose values are yes or no (online forms)."""
_EXACT = 0.9
"""Minimum score of an exact column name. Values do not change such a score."""
_ENOUGH = 0.35
"""Minimum score of a guess."""


class Guess(NamedTuple):
    """The guessed target of a column: a target, `"field:<key>"` or `"ignore"`, with a confidence from 0 to 1."""

    target: str
    confidence: float


def guess_mapping(kind: Kind, columns: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> dict[int, Guess]:
    """Returns a guess for every column index. Each target is given to at most one column.

    The export of a well-known program is recognised by its headers (`known_files`). Otherwise names and values decide:
    a column without values never wins over one with values, and an exact name wins over values. Remaining columns
    become `field:<key>` (contacts) or `ignore` (orders, columns without values, running numbers). Consent is never
    guessed from values alone, and a customer code never from a name alone. `sample_rows` are cells under the header.
    """
    values = [_values(sample_rows, index) for index in range(len(columns))]
    if known := known_file(kind, columns):
        filled = {index for index, found in enumerate(values) if found}
        return {index: Guess(target, 1.0) for index, target in known.mapping(columns, filled).items()}
    scored = sorted(
        (
            (bool(values[index]) or not sample_rows, score, -index, target)
            for index, name in enumerate(columns)
            for target in NAMES[kind]
            if (score := _score(kind, target, name, values[index])) >= _ENOUGH
        ),
        reverse=True,
    )
    guesses: dict[int, Guess] = {}
    taken: set[str] = set()
    for _filled, score, negative, target in scored:
        if -negative not in guesses and target not in taken:
            guesses[-negative] = Guess(target, round(min(score, 1.0), 2))
            taken.add(target)
    _settle_receiver(kind, columns, guesses)
    _settle_names(guesses)
    _add_phones(kind, columns, values, guesses)
    if kind == "orders":
        _settle_totals(guesses, sample_rows)
    elif not _names_people(guesses, sample_rows):
        taken.discard("code")
        guesses = {index: guess for index, guess in guesses.items() if guess.target != "code"}
    for index, name in enumerate(columns):
        if index not in guesses:
            guesses[index] = _leftover(kind, index, name, values[index], taken)
    return dict(sorted(guesses.items()))


def _settle_receiver(kind: Kind, columns: Sequence[str], guesses: dict[int, Guess]) -> None:
    """Moves the name to the receiver's column if the number is the receiver's: buyer and receiver can be two people."""
    places = {guess.target: index for index, guess in guesses.items()}
    phone, name = places.get("phone"), places.get("name")
    if phone is None or name is None or not _is_receiver(columns[phone]) or _is_receiver(columns[name]):
        return
    for index, column in enumerate(columns):
        if index not in guesses and _is_receiver(column) and _name_score(kind, "name", column) >= _EXACT:
            guesses[index] = guesses.pop(name)
            return


def _is_receiver(column: str) -> bool:
    return not _RECEIVER.isdisjoint(normalise_keyword(column).split())


def _add_phones(kind: Kind, columns: Sequence[str], values: Sequence[list[str]], guesses: dict[int, Guess]) -> None:
    """Guesses up to two further columns of mobile numbers: a row whose first number is empty still has one.

    A landline stays a field, because a family or an office shares it. So does the number of the receiver.
    """
    targets = iter(("phone2", "phone3"))
    if all(guess.target != "phone" for guess in guesses.values()):
        return
    for index, column in enumerate(columns):
        if index in guesses or _is_receiver(column) or _name_score(kind, "phone", column) < _EXACT:
            continue
        mobiles = sum(isinstance(phone, Phone) and phone.kind == "mobile" for phone in map(parse_phone, values[index]))
        if mobiles * 2 > len(values[index]) and (target := next(targets, None)):
            guesses[index] = Guess(target, 0.8)


def _settle_names(guesses: dict[int, Guess]) -> None:
    """Renames a first name without a last name to the name, and ignores name parts if there is a whole name without a
    last name."""
    parts = {guess.target: index for index, guess in guesses.items() if guess.target in _NAME_PARTS}
    whole = any(guess.target == "name" for guess in guesses.values())
    if whole and "last_name" in parts:
        return  # the parts fill rows in which the whole name is empty
    for target, index in parts.items():
        if whole or "last_name" not in parts:
            keep = target == "first_name" and not whole
            guesses[index] = Guess("name", guesses[index].confidence) if keep else Guess("ignore", 0.5)


def _settle_totals(guesses: dict[int, Guess], rows: Sequence[Sequence[str]]) -> None:
    """Renames the total of the row to the total of the order if all orders of several rows repeat one total."""
    places = {guess.target: index for index, guess in guesses.items()}
    number, total = places.get("number"), places.get("total")
    if number is None or total is None or "order_total" in places or "unit_price" in places:
        return
    told: dict[str, list[str]] = {}
    for row in rows:
        if max(number, total) < len(row) and row[number].strip():
            told.setdefault(row[number].strip(), []).append(row[total].strip())
    several = [totals for totals in told.values() if len(totals) > 1]
    if several and all(len(set(filter(None, totals))) == 1 for totals in several):
        guesses[total] = Guess("order_total", guesses[total].confidence)


@lru_cache(maxsize=4096)
def is_known_name(name: str) -> bool:
    """Whether a column of contacts or orders may have this name."""
    if len(name) > 60:
        return False
    return any(_name_score(kind, target, name) >= 0.6 for kind in NAMES for target in NAMES[kind])


def _values(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and not means_nothing(row[index])]


def _leftover(kind: Kind, index: int, name: str, values: list[str], taken: set[str]) -> Guess:
    plain = normalise_keyword(name)
    is_about_file = plain in _RUNNING_NUMBERS or plain in _MACHINE_MADE or describes_another(plain)
    if kind == "orders" or not values or is_about_file:
        return Guess("ignore", 0.5)
    base = key = slug(name) or f"column_{index + 1}"
    count = 1
    while f"field:{key}" in taken or key in NAMES[kind]:
        count += 1
        key = f"{base}_{count}"
    taken.add(f"field:{key}")
    return Guess(f"field:{key}", 0.5)


def _score(kind: Kind, target: str, name: str, values: list[str]) -> float:
    named = _name_score(kind, target, name)
    if describes_another(normalise_keyword(name)):
        return 0.0
    fits = _FITS.get(target)
    if fits is None or not values:
        return named
    share = sum(fits(value) for value in values) / len(values)
    if named:
        if target == "consent" and share > 0.8:
            named = max(named, _ASKED)
        if target in _STRICT and share < 0.2:
            return named * 0.4
        return named + (0.1 if share > 0.8 and named < _EXACT else 0.0)
    # Without a matching name, only values that few other columns have count as evidence.
    needed, worth = (2.0, 0.0) if (kind, target) == ("orders", "name") else _BY_VALUES.get(target, (2.0, 0.0))
    if target == "birth_date" and not _NAMELESS.fullmatch(normalise_keyword(name)):
        return 0.0  # birthdays look like all other dates, and "Tgl Daftar" is another date
    return worth * share if len(values) >= 2 and share >= needed and not is_known_name(name) else 0.0


@lru_cache(maxsize=65536)
def _name_score(kind: Kind, target: str, name: str) -> float:
    """Returns how well a column name matches a target, from 0 to 1."""
    # "firstName" is two words and "WhatsApp" is one: both readings are tried.
    return max(_words_score(kind, target, normalise_keyword(form)) for form in (name, _CAMEL.sub(" ", name)))


def _words_score(kind: Kind, target: str, words: str) -> float:
    names = _NAMES_INDEX[kind][target]
    if words in names:
        return 1.0 - 0.002 * names[words]
    parts = words.split()
    if _REFUSED_WORDS[target].intersection(parts):
        return 0.0
    best = 0.0
    for phrase in _phrases(parts):
        if phrase in names and phrase not in EXACT_ONLY.get(target, ()):
            length = phrase.count(" ") + 1
            best = max(best, 0.72 + 0.04 * length - 0.05 * (len(parts) - length) - 0.002 * names[phrase])
    return best


def _phrases(parts: list[str]) -> Iterator[str]:
    for start in range(len(parts)):
        for end in range(start + 1, min(start + 4, len(parts)) + 1):
            yield " ".join(parts[start:end])


def _names_people(guesses: dict[int, Guess], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column named like a customer code has (nearly) one code per person. People are distinguished by their
    numbers, or by their names in a file without numbers."""
    places = {guess.target: index for index, guess in guesses.items()}
    if "code" not in places:
        return True
    people: set[str] = set()
    codes: set[str] = set()
    for row in rows:
        cells = {target: row[index].strip() for target, index in places.items() if index < len(row)}
        code = cells.get("code", "")
        phone = parse_phone(cells.get("phone", ""))
        name = "" if "phone" in places else cells.get("name", "")
        person = name if isinstance(phone, Refusal) else phone.e164
        if person and not means_nothing(code) and not is_rounded(code):
            people.add(person)
            codes.add(code)
    return len(codes) >= _UNIQUE * len(people)


def _is_name(value: str) -> bool:
    letters = sum(char.isalpha() for char in value)
    return letters >= 0.8 * len(value.replace(" ", "")) and 1 <= value.strip().count(" ") <= 4


def _is_date(value: str) -> bool:
    return not isinstance(parse_date(value), Refusal)


def _is_moment(value: str) -> bool:
    return not isinstance(parse_datetime(value, UTC), Refusal)


_FITS: dict[str, Callable[[str], bool]] = {
    "phone": lambda value: not isinstance(parse_phone(value), Refusal),
    "email": lambda value: _EMAIL.fullmatch(value.strip()) is not None,
    "name": _is_name,
    "birth_date": _is_date,
    "ordered_at": _is_moment,
    "gender": lambda value: parse_gender(value) != "unknown",
    "consent": lambda value: parse_yes_no(value) != "unknown",
    "city": is_known_city,
    "quantity": lambda value: not isinstance(parse_quantity(value), Refusal),
    "unit_price": lambda value: not isinstance(parse_amount(value), Refusal),
    "total": lambda value: not isinstance(parse_amount(value), Refusal),
    "order_total": lambda value: not isinstance(parse_amount(value), Refusal),
}
# Minimum share of values that must fit, and the score of the guess.
_BY_VALUES = {
    "phone": (0.7, 0.6),
    "email": (0.8, 0.6),
    "gender": (0.9, 0.5),
    "city": (0.8, 0.5),
    "birth_date": (0.9, 0.45),
    "ordered_at": (0.9, 0.45),
    "name": (0.6, 0.55),
}
