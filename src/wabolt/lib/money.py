"""Parses amounts and quantities of people and marketplaces to whole numbers.

Codes of a refusal: `empty`, `not_a_number`, `negative`, `not_whole` (a quantity of 1,5), `unclear` (Rp1,5), `rounded`
(a spreadsheet kept only the first digits: 1.2E+12), `too_large`, `zero` (a quantity of 0).
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from wabolt.lib.refusal import Refusal
from wabolt.lib.text import ascii_digits, fold, means_nothing

LARGEST = 10**15
"""The largest amount. A larger number is a phone number in the wrong column."""
MAX_TEXT = 60

_PLAIN = re.compile(r"[0-9]{1,15}")
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>[-\u2212])? ?(?:rp|idr|usd|us\$|sgd|s\$|myr|rm|eur|\$|\u20ac)?\.? ?(?P<minus2>[-\u2212])?"
    r"(?P<digits>[0-9][0-9.,' ]*?)(?:[.,]?-{1,2})? ?"
    r"(?P<unit>rb|ribu|k|jt|juta|jta|m|mio|milyar|miliar)?\.? ?(?:rp|idr|usd|sgd|myr|eur)?(?(open)\))"
)
UNITS = {"rb": 3, "ribu": 3, "k": 3, "jt": 6, "juta": 6, "jta": 6, "mio": 6, "m": 9, "milyar": 9, "miliar": 9}
"""The powers of ten of the words that shorten an amount."""
_SCIENTIFIC = re.compile(r"-?[0-9][.,]?[0-9]*e\+?[0-9]{1,3}")
_QUANTITY = re.compile(
    r"(?:x ?)?(-?[0-9][0-9.,]*) ?"
    r"(?:x|pcs?|pieces?|buah|bh|unit|lembar|lbr|pasang|psg|pack|pak|box|dus|set|item|kg|liter|ltr|meter|m|botol|btl|gelas"
    r"|cup|porsi|bungkus|bks|sachet|sct|kotak|ktk|karton|ktn|karung|krg|toples|kaleng|klg|ikat|ekor|butir|biji|potong|ptg"
    r"|helai|roll?|slop|tube|batang|btg|stel|ember|jerigen|galon)?\.?"
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")


def parse_amount(text: object, *, decimals: int = 0, allow_negative: bool = False) -> int | Refusal:
    """Parses an amount to the smallest unit of a currency with `decimals` places (rupiah: 0). Never raises.

    `Rp150.000,00`, `150,000.00`, `150rb`, `Rp 150.000,-` and `150000` are all 150000. A point or comma before three
    digits groups thousands; before one or two digits it starts the fraction, which is rounded to the smallest unit
    (half up). If rounding changes the amount too much, as in "Rp1,5", it is `unclear`.
    """
    if isinstance(text, str) and decimals == 0 and _PLAIN.fullmatch(text):
        return int(text)
    shown = _as_text(text)
    written = ascii_digits(fold(shown)).strip("'\"` ")
    if means_nothing(written):
        return Refusal("empty", shown)
    if len(shown) > MAX_TEXT:
        return Refusal("not_a_number", shown[:MAX_TEXT])
    if _SCIENTIFIC.fullmatch(written):
        return Refusal("rounded", shown)
    found = _AMOUNT.fullmatch(written)
    value = _decimal(found["digits"]) if found else None
    if found is None or value is None:
        return Refusal("not_a_number", shown)
    scaled = value.scaleb(UNITS.get(found["unit"], 0) + decimals)
    amount = int(scaled.to_integral_value(ROUND_HALF_UP))
    if amount > LARGEST:
        return Refusal("too_large", shown)
    if scaled != amount and amount < 100:
        return Refusal("unclear", shown)
    if amount and (found["open"] or found["minus"] or found["minus2"]):
        return -amount if allow_negative else Refusal("negative", shown)
    return amount


def parse_quantity(text: object, *, largest: int = 1_000_000) -> int | Refusal:
    """Parses a number of pieces: `2`, `2 pcs`, `x2`, `2.0`, `1.000`. Never raises."""
    shown = _as_text(text)
    written = ascii_digits(fold(shown)).strip("'\"` ")
    if means_nothing(written):
        return Refusal("empty", shown)
    found = _QUANTITY.fullmatch(written) if len(shown) <= MAX_TEXT else None
    value = _decimal(found[1].lstrip("-")) if found else None
    if found is None or value is None:
        return Refusal("not_a_number", shown[:MAX_TEXT])
    if value != value.to_integral_value():
        return Refusal("not_whole", shown)
    if found[1].startswith("-"):
        return Refusal("negative", shown)
    if value > largest:
        return Refusal("too_large", shown)
    return int(value) or Refusal("zero", shown)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST:
        return str(int(value))
    if isinstance(value, str):
        return value[: MAX_TEXT + 1]
    if isinstance(value, int) and abs(value) > LARGEST:
        return "9" * 16
    return str(value) if isinstance(value, int | float | Decimal) else "?"


def _decimal(digits: str) -> Decimal | None:
    """Parses digits with points and commas. The last sign starts the fraction unless it groups thousands."""
    digits = digits.strip(" .,'")
    if _GROUPED.fullmatch(digits):
        return Decimal(re.sub(r"[^0-9]", "", digits))
    found = re.fullmatch(r"(.*?)(?:([.,])([0-9]+))?", digits)
    if found is None:
        return None
    whole, sign, fraction = found[1], found[2], found[3] or ""
    if not whole.isdigit():
        grouped = _GROUPED.fullmatch(whole)
        if grouped is None or grouped[1] == sign:
            return None
    return Decimal(re.sub(r"[^0-9]", "", whole) + "." + (fraction or "0"))
