"""Reads the second half of a condition: operator, value and days."""

import datetime as dt
import re
from decimal import Decimal

from wabolt.lib.money import UNITS, parse_amount
from wabolt.lib.refusal import Refusal
from wabolt.lib.segmentation import FieldSpec, Kind

from .catalogue import EVENT_KINDS, closest, operators, written
from .errors import LanguageError
from .lexer import Token, TokenKind
from .tree import Condition, Value
from .words import OPERATOR_WORDS, PERIOD_WORDS, WORDS, printed, spellings

_WHOLE = re.compile(r"[0-9]{1,16}")
_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3}){1,5}")
_MONEY = re.compile(r"(?P<unit>[^\W\d]{0,3}\$?)\.? ?(?P<whole>[0-9][0-9.,]*?)(?:(?P<point>[.,])(?P<cents>[0-9]{1,2}))?")
_MONEY_WHOLE = re.compile(r"[0-9]{1,16}|[1-9][0-9]{0,2}(?:(?P<sign>[.,])[0-9]{3})(?:(?P=sign)[0-9]{3}){0,4}")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5}")
# Groups of thousands, and decimals behind the other separator.
_TYPED = re.compile(
    r"(?P<whole>-?[1-9][0-9]{0,2}(?:(?P<sign>[.,])[0-9]{3})(?:(?P=sign)[0-9]{3})*)(?!(?P=sign))[.,](?P<rest>[0-9]+)"
)
_DECIMAL = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?")
_SCALED = re.compile(
    rf"(?P<unit>[^\W\d]{{0,3}}\$?)\.? ?(?P<amount>[0-9][0-9.,]* ?(?:{'|'.join(UNITS)}))", re.IGNORECASE
)
_WORDS_AHEAD = 3


class Cursor:
    """A place in the tokens of a text. Suggestions in errors are in `language`."""

    def __init__(self, tokens: list[Token], language: str = "en") -> None:
        self._tokens = tokens
        self._next = 0
        self.language = language

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def skip(self, count: int = 1) -> None:
        self._next = min(self._next + count, len(self._tokens) - 1)

    def take(self) -> Token:
        token = self.peek()
        self.skip()
        return token

    def last(self) -> Token:
        """Returns the token taken before this place."""
        return self._tokens[max(self._next - 1, 0)]

    def take_word(self, *words: str) -> bool:
        """Takes the next token if it is one of these words."""
        return self.peek().is_word(*words) and bool(self.take())

    def take_phrase(self, words: dict[str, tuple[str, ...]]) -> bool:
        """Takes the next tokens if they spell this phrase in any language."""
        for spelling in spellings(words):
            if all(_says(self.peek(place), word) for place, word in enumerate(spelling)):
                self.skip(len(spelling))
                return True
        return False

    def amount_ahead(self) -> tuple[str, int]:
        """Returns the text of the number or amount that begins here, and its number of tokens: "150000", "Rp5jt", and
        "1,5 jt", where a comma belongs to the number only in front of a word such as "juta"."""
        first, parts, count = self.peek(), [self.peek().value], 1
        end = first.position + first.length
        comma, rest = self.peek(1), self.peek(2)
        touching = comma.is_symbol(",") and comma.position == end and rest.position == end + 1
        if touching and rest.kind is TokenKind.NUMBER and self.peek(3).is_word(*UNITS):
            parts += [",", rest.value]
            count = 3
        if self.peek(count).is_word(*UNITS):
            parts += [" ", self.peek(count).value]
            count += 1
        return "".join(parts), count

    def take_symbol(self, symbol: str) -> bool:
        """Takes the next token if it is this symbol."""
        return self.peek().is_symbol(symbol) and bool(self.take())

    def words_ahead(self) -> list[str]:
        """Returns the next words without other tokens between them, at most as many as a field's name can have."""
        words: list[str] = []
        while len(words) < _WORDS_AHEAD and self.peek(len(words)).kind is TokenKind.WORD:
            words.append(self.peek(len(words)).value)
        return words


def read_condition(cursor: Cursor, spec: FieldSpec) -> Condition:
    """Reads what follows the field's name; raises `LanguageError` at the token that does not fit."""
    if spec.kind is Kind.FLAG:
        return Condition(spec.key, "")
    if spec.kind is Kind.STATE:
        return Condition(spec.key, "", _read_state(cursor, spec))
    if spec.kind is Kind.BROADCAST:
        op, value = _read_broadcast(cursor, spec)
        return Condition(spec.key, op, value, _read_optional_days(cursor))
    if "during" in operators(spec) and (name := _read_period(cursor)):
        return Condition(spec.key, "during", name)
    op = _read_operator(cursor, spec)
    match op:
        case "is empty" | "is not empty":
            return Condition(spec.key, op)
        case "within" | "within next":
            return _read_within(cursor, spec, op)
        case "over":
            days = _read_days(cursor)
            if not cursor.take_phrase(WORDS["ago"]):
                raise _unexpected(cursor.peek(), "expected_ago")
            return Condition(spec.key, op, within_days=days)
        case "in" | "not in":
            value = _read_list(cursor, spec)
        case _:
            value = _read_value(cursor, spec)
    days_after = _read_optional_days(cursor) if spec.kind in EVENT_KINDS else None
    return Condition(spec.key, op, value, days_after)


def _read_within(cursor: Cursor, spec: FieldSpec, op: str) -> Condition:
    """Reads the rest of "within 7 days". In Indonesian the words after the number say whether the days lie ahead:
    "dalam 7 hari lagi"."""
    days = _read_days(cursor)
    if not cursor.take_phrase(WORDS["past"]) and cursor.take_phrase(WORDS["ahead"]) and spec.kind is Kind.DATE:
        op = "within next"
    return Condition(spec.key, op, within_days=days)


def _read_period(cursor: Cursor) -> str:
    return next((name for name, words in PERIOD_WORDS.items() if cursor.take_phrase(words)), "")


def _read_operator(cursor: Cursor, spec: FieldSpec) -> str:
    found = [(len(spelling), spelling, op) for op in operators(spec) for spelling in spellings(OPERATOR_WORDS[op])]
    for length, spelling, op in sorted(found, key=lambda entry: -entry[0]):
        if all(_says(cursor.peek(place), word) for place, word in enumerate(spelling)):
            cursor.skip(length)
            return op
    token = cursor.peek()
    if "" in operators(spec):
        if token.kind is TokenKind.TEXT:
            return ""
        raise _unexpected(token, "expected_text", spec)
    phrases = [phrase for op in operators(spec) if (phrase := printed(OPERATOR_WORDS[op], cursor.language))]
    if "during" in operators(spec):
        phrases += [printed(words, cursor.language) for words in PERIOD_WORDS.values()]
    typed = " ".join(cursor.words_ahead())
    raise LanguageError(
        "expected_operator",
        token.position,
        token.length,
        params={
            "field": written(spec, cursor.language),
            "found": token.value[:60],
            "options": ", ".join(dict.fromkeys(phrases)),
        },
        suggestion=closest(token.value, phrases) or closest(typed, phrases),
    )


def _says(token: Token, word: str) -> bool:
    return token.is_word(word) or token.is_symbol(word)


def _unexpected(token: Token, code: str, spec: FieldSpec | None = None) -> LanguageError:
    params = {"found": token.value[:60], "field": spec.key if spec else ""}
    return LanguageError(code, token.position, token.length, params=params)


def _read_value(cursor: Cursor, spec: FieldSpec) -> Value:
    match spec.kind:
        case Kind.WHOLE | Kind.AGE:
            return _read_whole(cursor, spec)
        case Kind.MONEY:
            return _read_money(cursor, spec)
        case Kind.NUMBER:
            token = cursor.peek()
            text, count = cursor.amount_ahead()
            number = read_number(text) if token.kind is TokenKind.NUMBER else None
            if number is None:
                raise _unexpected(token, "expected_number", spec)
            cursor.skip(count)
            return number
        case Kind.DATE | Kind.MOMENT:
            return _read_date(cursor, spec)
        case Kind.YES_NO:
            if cursor.take_phrase(WORDS["yes"]):
                return True
            if cursor.take_phrase(WORDS["no"]):
                return False
            raise _unexpected(cursor.peek(), "expected_yes_no", spec)
        case _:
            return _read_text(cursor, spec)


def _read_text(cursor: Cursor, spec: FieldSpec) -> str:
    token = cursor.peek()
    if token.kind is TokenKind.TEXT:
        return option_of(spec, cursor.take().value)
    error = _unexpected(token, "expected_text", spec)
    if token.kind in (TokenKind.WORD, TokenKind.NUMBER):
        error.suggestion = f'"{token.value[:60]}"'
    raise error


def _read_list(cursor: Cursor, spec: FieldSpec) -> tuple[str, ...]:
    if not cursor.take_symbol("("):
        raise _unexpected(cursor.peek(), "expected_list", spec)
    items = [_read_text(cursor, spec)]
    while cursor.take_symbol(","):
        items.append(_read_text(cursor, spec))
    if not cursor.take_symbol(")"):
        raise _unexpected(cursor.peek(), "open_list", spec)
    return tuple(items)


def _read_whole(cursor: Cursor, spec: FieldSpec) -> int:
    token = cursor.peek()
    text, count = cursor.amount_ahead()
    found = read_whole(text) if token.kind is TokenKind.NUMBER else None
    if found is None:
        raise _unexpected(token, "expected_whole", spec)
    cursor.skip(count)
    return found


def scaled(text: str) -> int | None:
    """Returns the amount of a number with a word for its thousands or millions ("5 juta", "500rb", "1,5 jt"), None for
    every other text."""
    found = _SCALED.fullmatch(text.strip())
    amount = parse_amount(found["amount"]) if found and not found["unit"] else None
    return None if isinstance(amount, Refusal) else amount


def read_whole(text: str) -> int | None:
    """Returns a whole number in Indonesian notation (150000, 150.000, 150 ribu), None for anything else."""
    if (amount := scaled(text)) is not None:
        return amount
    digits = text.replace(".", "") if _THOUSANDS.fullmatch(text) else text
    return int(digits) if _WHOLE.fullmatch(digits) else None


def _read_money(cursor: Cursor, spec: FieldSpec) -> int | Decimal:
    if cursor.peek().is_word(*spec.units):
        cursor.skip()
    token = cursor.peek()
    text, count = cursor.amount_ahead()
    found = read_money(text, spec) if token.kind in (TokenKind.NUMBER, TokenKind.WORD) else None
    if found is None:
        raise _unexpected(token, money_fault(spec), spec)
    cursor.skip(count)
    return found


def read_money(text: str, spec: FieldSpec) -> int | Decimal | None:
    """Returns an amount of money, None for anything else and for another currency.

    Accepts 150000, 150.000, 150,000, Rp 150.000, 150rb and 1,5 juta; for a currency with cents also 19.99, 1.500,50
    and S$19.99.
    """
    short = _SCALED.fullmatch(text.strip())
    if short is not None and (not short["unit"] or short["unit"].lower() in spec.units):
        return scaled(short["amount"])
    found = _MONEY.fullmatch(text.strip())
    if found is None or (found["unit"] and found["unit"].lower() not in spec.units):
        return None
    whole = _MONEY_WHOLE.fullmatch(found["whole"])
    cents = found["cents"] or ""
    if whole is None or len(cents) > spec.decimals or (cents and whole["sign"] == found["point"]):
        return None
    units = int(re.sub(r"[.,]", "", found["whole"]))
    return Decimal(f"{units}.{cents}") if cents.strip("0") else units


def money_fault(spec: FieldSpec) -> str:
    """Returns the error code for a text that is no amount of this currency."""
    return "expected_amount" if spec.decimals else "expected_whole"


def read_number(text: str) -> Decimal | None:
    """Returns a number with a decimal point (2.5) or a word (2,5 ribu); three digits behind a point are thousands
    (1.500). None for anything else."""
    if (amount := scaled(text)) is not None:
        return Decimal(amount)
    if _GROUPED.fullmatch(text):
        return Decimal(text.replace(".", ""))
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def read_typed_number(text: str) -> Decimal | None:
    """Returns a number from a form box, with a comma or a point: 2,5 and 1.500,5 and 1,500.5 and 2,5 ribu."""
    if (amount := scaled(text)) is not None:
        return Decimal(amount)
    found = _TYPED.fullmatch(text)
    if found:
        return read_number(re.sub(r"[.,]", "", found["whole"]) + "." + found["rest"])
    return read_number(text.replace(",", "."))


def _read_date(cursor: Cursor, spec: FieldSpec) -> dt.date:
    token = cursor.peek()
    if token.kind is not TokenKind.DATE:
        raise _unexpected(token, "expected_date", spec)
    try:
        year, month, day = map(int, token.value.split("-"))
        found = dt.date(year, month, day)
    except ValueError:
        raise _unexpected(token, "bad_date", spec) from None
    cursor.skip()
    return found


def option_of(spec: FieldSpec, word: str) -> str:
    """Returns the option of a choice or state that a word of any language means; the word itself if it is none."""
    for words in spec.option_words.values():
        for option, names in words.items():
            if word.lower() in names:
                return option
    return word


def _read_state(cursor: Cursor, spec: FieldSpec) -> str:
    token = cursor.peek()
    option = option_of(spec, token.value.lower())
    if token.kind is TokenKind.WORD and option in spec.options:
        cursor.skip()
        return option
    names = spec.option_words.get(cursor.language, {})
    options = [names[option][0] if option in names else option for option in spec.options]
    raise LanguageError(
        "unknown_option",
        token.position,
        token.length,
        params={
            "field": written(spec, cursor.language),
            "found": token.value[:60],
            "options": ", ".join(options),
        },
        suggestion=closest(token.value, options) if token.value else "",
    )


def _read_broadcast(cursor: Cursor, spec: FieldSpec) -> tuple[str, Value]:
    cursor.take_word("to", "in")
    if cursor.take_phrase(WORDS["any broadcast"]):
        return "any", None
    if not cursor.take_phrase(WORDS["broadcast"]):
        cursor.take_word("any")
        raise _unexpected(cursor.peek(), "expected_broadcast", spec)
    token = cursor.peek()
    if token.kind is TokenKind.TEXT:
        return "", cursor.take().value
    if token.kind is TokenKind.NUMBER and _WHOLE.fullmatch(token.value):
        return "", int(cursor.take().value)
    raise _unexpected(token, "expected_broadcast", spec)


def _read_optional_days(cursor: Cursor) -> int | None:
    if not cursor.take_phrase(OPERATOR_WORDS["within"]):
        return None
    days = _read_days(cursor)
    cursor.take_phrase(WORDS["past"])
    return days


def _read_days(cursor: Cursor) -> int:
    token = cursor.peek()
    if token.kind is not TokenKind.NUMBER or not _WHOLE.fullmatch(token.value):
        raise _unexpected(token, "expected_days")
    cursor.skip()
    if not cursor.take_phrase(WORDS["days"]):
        raise _unexpected(cursor.peek(), "expected_days_word")
    return int(token.value)
