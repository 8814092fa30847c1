"""Guesses the targets of the columns of a table from their names and values."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wabolt.lib.choices import parse_gender, parse_yes_no
from wabolt.lib.cities import is_known_city
from wabolt.lib.column_matching import columns_of_second_table, is_known_name, is_refused, name_score
from wabolt.lib.column_names import (
    CUSTOMERS,
    EXACT_ONLY,
    GENERIC,
    NAMES,
    RELATIVES,
    Kind,
    describes_another,
    describes_things,
)
from wabolt.lib.column_values import (
    are_repeated,
    are_short_names,
    count_up_or_down,
    is_date,
    is_moment,
    is_name,
    says_female,
)
from wabolt.lib.known_files import known_file
from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.opt_outs import are_subscription_states, has_opted_out
from wabolt.lib.order_totals import Amounts
from wabolt.lib.phones import Phone, parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold, is_rounded, means_nothing, normalise_keyword, slug

_RUNNING_NUMBERS = frozenset({"no", "nomor", "urut", "number", "row", "baris"})

_RECEIVER = frozenset({"penerima", "receiver", "recipient", "shipping"})
_OF_A_PERSON = ("birth_date", "gender", "email", "city")

_MACHINE_MADE = {"timestamp", "cap waktu", "stempel waktu", "waktu pengisian"}
"""Columns that online forms add."""

_EMAIL = re.compile(r"[^@\s]+@(?!(?:c|g|s)\.(?:us|whatsapp))[^@\s]+\.[^@\s]{2,}")
_DIAL_CODE = re.compile(r"(?:\+|00)?[1-9][0-9]{0,2}(?:[.,]0)?")
_CLOCK = re.compile(r"[0-2]?[0-9][.:][0-5][0-9](?:[.:][0-5][0-9])?(?: ?[ap]\.?m\.?| ?wi[bt]a?)?", re.IGNORECASE)
_NAMELESS = re.compile(r"(?:kolom|column|col|field|data)? ?(?:[a-z]{1,2}|[0-9]+)?")
_NAME_PARTS = ("first_name", "middle_name", "last_name")
_STRICT = frozenset(
    [
        *("phone", "email", "birth_date", "ordered_at", "gender", "consent", "opt_out", "quantity", "unit_price"),
        *("total", "order_total"),
    ]
)
"""Targets with typical values: values that do not fit count against the name."""
_PLAIN_TEXTS = frozenset(["city", "name"])
_ONLY_FITTING = frozenset(["dial_code", "ordered_clock", "refunded"])
"""Targets that a column has only if all its values fit."""
_UNIQUE = 0.9
"""Minimum number of codes per person in a column of customer codes."""
_ASKED = 0.5
"""Score of a column whose name contains a consent phrase and whose values are yes or no (online forms)."""
_EXACT = 0.9
"""Minimum score of an exact column name. Values do not change such a score."""
_NAMED = 0.6
"""Minimum score of a column name that contains the name of a target and says whose it is."""
ROW_OR_ORDER = "row_or_order"
"""The question whether the amounts of a column are totals of rows or of orders."""
_UNDECIDED = 0.4
_EXCHANGED = 0.6
_BY_STATES = 0.85
"""Score of a column whose values are states of a subscription: "subscribed" and "unsubscribed"."""
_BY_SHORT_NAMES = 0.42
"""Score of a column without a name whose values may be names of one word."""
_ENOUGH = 0.35
"""Minimum score of a guess."""


class Guess(NamedTuple):
    """The guessed target of a column: a target, `"field:<key>"` or `"ignore"`, with a confidence from 0 to 1.

    `question`: what the file does not tell and its owner must say, `ROW_OR_ORDER` or "".
    """

    target: str
    confidence: float
    question: str = ""


def guess_mapping(
    kind: Kind, columns: Sequence[str], sample_rows: Sequence[Sequence[str]], totals: Sequence[str] = ()
) -> dict[int, Guess]:
    """Returns a guess for every column index. Each target is given to at most one column.

    The export of a well-known program is recognised by its headers (`known_files`). Otherwise names and values decide:
    a column without values never wins over one with values, and an exact name wins over values. Remaining columns
    become `field:<key>` (contacts) or `ignore` (orders, columns without values, running numbers). Consent is never
    guessed from values alone, and a customer code never from a name alone. `sample_rows` are cells under the header,
    `totals` those of the row of totals below, if the sample is the whole file.
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
    _settle_swapped(values, guesses)
    _settle_person(kind, columns, values, guesses)
    if kind == "contacts":
        _drop_relatives(columns, guesses)
    _settle_names(guesses, sample_rows)
    _add_phones(kind, columns, values, guesses)
    if kind == "orders":
        _settle_clock(guesses, values)
        _settle_totals(guesses, sample_rows, totals)
    elif not _names_people(columns, guesses, sample_rows):
        taken.discard("code")
        guesses = {index: guess for index, guess in guesses.items() if guess.target != "code"}
    for index, name in enumerate(columns):
        if index not in guesses:
            guesses[index] = _leftover(kind, index, name, values[index], taken)
    return dict(sorted(guesses.items()))


def _settle_swapped(values: Sequence[list[str]], guesses: dict[int, Guess]) -> None:
    """Exchanges name and number if the names of their columns are interchanged: no value of the one is a number, and
    all values of the other are."""
    places = {guess.target: index for index, guess in guesses.items()}
    phone, name = places.get("phone"), places.get("name")
    if phone is None or name is None or not values[phone] or not values[name]:
        return
    if all(map(_FITS["phone"], values[name])) and not any(map(_FITS["phone"], values[phone])):
        guesses[phone], guesses[name] = Guess("name", _EXCHANGED), Guess("phone", _EXCHANGED)


def _settle_person(kind: Kind, columns: Sequence[str], values: Sequence[list[str]], guesses: dict[int, Guess]) -> None:
    """Gives name and number to columns about the same person: buyer and receiver, pupil and parent can be two.

    The name follows the number. If no column has that person's name, the number follows the name.
    """
    places = {guess.target: index for index, guess in guesses.items()}
    phone, name = places.get("phone"), places.get("name")
    if phone is None or name is None:
        return
    owner_words = _whose(columns[phone])
    if owner_words and not owner_words & _whose(columns[name]):
        named = _other_column(kind, "name", columns, guesses, owner_words)
        if named is not None:
            guesses[named] = guesses.pop(name)
            return
    owner_words = _whose(columns[name])
    if owner_words and not owner_words & _whose(columns[phone]) and _whose(columns[phone]):
        reached = _other_column(kind, "phone", columns, guesses, owner_words)
        if reached is not None and any(map(_FITS["phone"], values[reached])):
            guesses[reached] = guesses.pop(phone)


def _other_column(
    kind: Kind, target: str, columns: Sequence[str], guesses: dict[int, Guess], whose: frozenset[str]
) -> int | None:
    """The first free column that is named like this target of this person."""
    return next(
        (
            index
            for index, column in enumerate(columns)
            if index not in guesses and _whose(column) == whose and name_score(kind, target, column) >= _NAMED
        ),
        None,
    )


def _whose(column: str) -> frozenset[str]:
    """The words that say whose name or number a column holds: {"penerima"}, empty for "No. HP". All words for customers
    are the same."""
    words = {word for word in normalise_keyword(column).split() if word not in GENERIC and not word.isdigit()}
    return frozenset("customer" if word in CUSTOMERS else word for word in words)


def _drop_relatives(columns: Sequence[str], guesses: dict[int, Guess]) -> None:
    """Removes the guesses of columns about a relative of the person: "Tgl Lahir Anak"."""
    named = next((index for index, guess in guesses.items() if guess.target in {"name", "first_name"}), None)
    relatives_named = _whose(columns[named]) if named is not None else frozenset()
    for index, guess in list(guesses.items()):
        words = set(normalise_keyword(columns[index]).split())
        if guess.target in _OF_A_PERSON and (words & RELATIVES) - relatives_named:
            del guesses[index]


def _is_receiver(column: str) -> bool:
    return not _RECEIVER.isdisjoint(normalise_keyword(column).split())


def _add_phones(kind: Kind, columns: Sequence[str], values: Sequence[list[str]], guesses: dict[int, Guess]) -> None:
    """Guesses up to two further columns of mobile numbers: a row whose first number is empty still has one.

    A landline stays a field, because a family or an office shares it. So does the number of the receiver.
    """
    targets, others = iter(("phone2", "phone3")), columns_of_second_table(columns)
    if all(guess.target != "phone" for guess in guesses.values()):
        return
    for index, column in enumerate(columns):
        if index in guesses or column in others or _is_receiver(column) or not _is_further_phone(kind, column):
            continue
        mobiles = sum(isinstance(phone, Phone) and phone.kind == "mobile" for phone in map(parse_phone, values[index]))
        if mobiles and mobiles * 2 >= len(values[index]) and (target := next(targets, None)):
            guesses[index] = Guess(target, 0.8)


def _is_further_phone(kind: Kind, column: str) -> bool:
    """Whether a column is named like a number and its name says nothing about whose: "Telp/HP", "WA 2"."""
    score = name_score(kind, "phone", column)
    return score >= _EXACT or (score >= _ENOUGH and not _whose(column))


def _settle_names(guesses: dict[int, Guess], rows: Sequence[Sequence[str]]) -> None:
    """Renames a first name without a last name to the name, and ignores name parts if there is a whole name without a
    last name. A name next to a last name that it does not contain is a first name."""
    parts = {guess.target: index for index, guess in guesses.items() if guess.target in _NAME_PARTS}
    named = next((index for index, guess in guesses.items() if guess.target == "name"), None)
    is_first = named is not None and "first_name" not in parts and "last_name" in parts
    if named is not None and is_first and _lacks(named, parts["last_name"], rows):
        guesses[named] = Guess("first_name", guesses[named].confidence)
        return
    whole = named is not None
    if whole and "last_name" in parts:
        return  # the parts fill rows in which the whole name is empty
    for target, index in parts.items():
        if whole or "last_name" not in parts:
            keep = target == "first_name" and not whole
            guesses[index] = Guess("name", guesses[index].confidence) if keep else Guess("ignore", 0.5)


def _lacks(name: int, last_name: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether most names in a column do not contain the last name of their row."""
    pairs = [(fold(row[name]), fold(row[last_name])) for row in rows if max(name, last_name) < len(row)]
    both = [(whole, last) for whole, last in pairs if not means_nothing(whole) and not means_nothing(last)]
    return 2 * sum(last not in whole for whole, last in both) > len(both)


def _settle_clock(guesses: dict[int, Guess], values: Sequence[list[str]]) -> None:
    """Removes a column of times of day if the column of days has times, or is missing."""
    places = {guess.target: index for index, guess in guesses.items()}
    clock, day = places.get("ordered_clock"), places.get("ordered_at")
    if clock is not None and (day is None or any(":" in value for value in values[day])):
        del guesses[clock]


def _settle_totals(guesses: dict[int, Guess], rows: Sequence[Sequence[str]], totals: Sequence[str]) -> None:
    """Settles whether a column that repeats one amount in each order has the total of the row or of the order."""
    places = {guess.target: index for index, guess in guesses.items()}
    if not {"number", "total"} <= places.keys() or not {"order_total", "unit_price"}.isdisjoint(places):
        return
    amounts = Amounts(places, rows, totals)
    if not amounts.repeat_one_amount():
        return
    index, meaning = places["total"], amounts.meaning()
    if meaning == "order":
        guesses[index] = guesses[index]._replace(target="order_total")
    elif meaning == "unknown":
        target = "order_total" if amounts.of_different_products() else "total"
        guesses[index] = Guess(target, _UNDECIDED, ROW_OR_ORDER)


def _values(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index] for row in rows if index < len(row) and not means_nothing(row[index])]


def _leftover(kind: Kind, index: int, name: str, values: list[str], taken: set[str]) -> Guess:
    plain = normalise_keyword(name)
    counts = index == 0 and _NAMELESS.fullmatch(plain) is not None and count_up_or_down(values)
    is_number = counts or (bool(plain) and _RUNNING_NUMBERS.issuperset(plain.split()))
    is_about_file = is_number or plain in _MACHINE_MADE or describes_another(plain)
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
    named = name_score(kind, target, name)
    if describes_another(normalise_keyword(name)):
        return 0.0
    fits = _FITS.get(target)
    if target == "source" and values and all(map(is_known_city, values)):
        return named * 0.5  # "Asal" with names of towns is the city
    if fits is None or not values:
        return named
    if target in _PLAIN_TEXTS and named < _EXACT and all(parse_yes_no(value) != "unknown" for value in values):
        return 0.0  # "Bersedia ke luar kota?"
    if target in _ONLY_FITTING:
        return named * all(map(fits, values))
    share = sum(fits(value) for value in values) / len(values)
    if named:
        if target == "consent" and share > 0.8:
            named = max(named, _ASKED)
        if target in _STRICT and share < 0.2:
            return named * 0.4
        return named + (0.1 if share > 0.8 and named < _EXACT else 0.0)
    return _value_score(kind, target, name, values, share)


def _value_score(kind: Kind, target: str, name: str, values: list[str], share: float) -> float:
    """The score of a column whose name does not match: only values that few other columns have count. `share`: values
    that fit, from 0 to 1."""
    if target == "opt_out":
        return _BY_STATES * (are_subscription_states(values) and not is_refused(target, name))
    needed, worth = (2.0, 0.0) if (kind, target) == ("orders", "name") else _BY_VALUES.get(target, (2.0, 0.0))
    words = normalise_keyword(name)
    if target == "birth_date" and not _NAMELESS.fullmatch(words):
        return 0.0  # birthdays look like all other dates, and "Tgl Daftar" is another date
    if is_refused(target, name):
        return 0.0
    if target == "gender" and not says_female(values):
        return 0.0
    if (kind, target) == ("contacts", "name"):
        if _NAMELESS.fullmatch(words) and are_short_names(values):
            return _BY_SHORT_NAMES + (worth - _BY_SHORT_NAMES) * share
        if not _NAMELESS.fullmatch(words) and (describes_things(words) or are_repeated(values)):
            return 0.0
    return worth * share if len(values) >= 2 and share >= needed and not is_known_name(name) else 0.0


def _names_people(columns: Sequence[str], guesses: dict[int, Guess], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column named like a customer code has (nearly) one code per person. People are distinguished by their
    numbers, or by their names in a file without numbers.

    "ID" with 1, 2, 3 ... numbers the rows of the file: in the next file it belongs to other people.
    """
    places = {guess.target: index for index, guess in guesses.items()}
    if "code" not in places:
        return True
    name, values = normalise_keyword(columns[places["code"]]), _values(rows, places["code"])
    if name in EXACT_ONLY["code"] and count_up_or_down(values):
        return False
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


_FITS: dict[str, Callable[[str], bool]] = {
    "phone": lambda value: not isinstance(parse_phone(value), Refusal),
    "email": lambda value: _EMAIL.fullmatch(value.strip()) is not None,
    "name": is_name,
    "birth_date": is_date,
    "ordered_at": is_moment,
    "gender": lambda value: parse_gender(value) != "unknown",
    "consent": lambda value: parse_yes_no(value) != "unknown",
    "dial_code": lambda value: _DIAL_CODE.fullmatch(value.strip()) is not None,
    "ordered_clock": lambda value: _CLOCK.fullmatch(value.strip()) is not None,
    "opt_out": lambda value: has_opted_out(value) != "unknown",
    "city": is_known_city,
    "quantity": lambda value: not isinstance(parse_quantity(value), Refusal),
    "unit_price": lambda value: not isinstance(parse_amount(value), Refusal),
    "total": lambda value: not isinstance(parse_amount(value), Refusal),
    "order_total": lambda value: not isinstance(parse_amount(value), Refusal),
    "refunded": lambda value: not isinstance(parse_amount(value, allow_negative=True), Refusal),
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
