"""Reads a cart that a member types while chatting: "2 kemeja batik 150rb, tas rotan 165.000".

A line is a number of pieces, a name and the price of one piece, in this order. "@150rb" is a price too. The price may
be missing for a product of the shop that has one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wabolt.lib.money import parse_amount, parse_quantity
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, fold

MOST_LINES = 30
MOST_TEXT = 1000
CLEAR_PRICE = 1000
"""Smallest number that counts as a price without a unit. "kemeja 150" may mean 150 or 150.000; "iPhone 15" is a
name."""
# A comma between digits belongs to an amount.
_BREAKS = re.compile(r"[\n;]|,(?!\d)|(?<!\d),|\s\+\s|\s(?:dan|and)\s(?=\d)")
_PIECES = re.compile(
    r"(?P<count>\d{1,6} ?(?:x|pcs?|buah|bh|lembar|lbr|pasang|psg|pack|pak|box|dus|set|item)?)\s+(?P<rest>\S.*)"
)
_LAST_PIECES = re.compile(
    r"(?P<rest>.*\S)\s+(?P<count>x ?\d{1,6}|\d{1,6} ?(?:x|pcs?|buah|bh|lembar|lbr|pasang|psg|pack|set))"
)
_PRICE_SIGN = re.compile(r"@|rp|idr|rb|ribu|k\Z|jt|juta|[.,]\d{3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product of the shop; `price`: None if it has none."""

    sku: str
    name: str
    price: int | None


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line that was read. `sku`: "" for free text."""

    name: str
    quantity: int
    price: int
    sku: str = ""


def read_lines(text: str, products: Mapping[str, KnownProduct], *, decimals: int = 0) -> list[TypedLine] | Refusal:
    """Reads the lines of a cart. `products`: by `fold` of their name and of their SKU. Never raises.

    A Refusal quotes the faulty line. Its codes: `empty`, `too_many`, `too_long`, `no_name`, `no_price`,
    `unclear_price`.
    """
    if len(text) > MOST_TEXT:
        return Refusal("too_long", text[:60])
    parts = [part for part in map(clean, _BREAKS.split(text)) if part]
    if not parts:
        return Refusal("empty")
    if len(parts) > MOST_LINES:
        return Refusal("too_many", str(len(parts)))
    lines = []
    for part in parts:
        line = _read(part, products, decimals)
        if isinstance(line, Refusal):
            return line
        lines.append(line)
    return lines


def _read(part: str, products: Mapping[str, KnownProduct], decimals: int) -> TypedLine | Refusal:
    rest, price = _without_price(part, decimals)
    count, name = _without_pieces(rest)
    known = products.get(fold(name)) or products.get(fold(rest))
    if known is not None and fold(rest) in products:
        count = 1
    if known is not None:
        price = known.price if price is None else price
    if not name or name.isdecimal():
        return Refusal("no_name", part[:60])
    if price is None:
        last = name.split()[-1]
        return Refusal("unclear_price" if last.isdecimal() else "no_price", part[:60])
    if known is not None:
        return TypedLine(known.name, count, price, known.sku)
    return TypedLine(name[:200], count, price)


def _without_price(part: str, decimals: int) -> tuple[str, int | None]:
    """Returns the part without the price at its end, and the price."""
    words = part.split()
    for taken in (2, 1):
        if len(words) <= taken:
            continue
        written = " ".join(words[-taken:])
        # "batik 150 rb": the last two words are one amount only if the first of them is its number.
        if taken == 2 and not re.match(r"@|\d|rp", written, re.IGNORECASE):
            continue
        amount = parse_amount(written.removeprefix("@").strip(), decimals=decimals)
        if isinstance(amount, int) and (_PRICE_SIGN.search(written) or amount >= CLEAR_PRICE * 10**decimals):
            return " ".join(words[:-taken]).rstrip(" -=:@"), amount
    return part, None


def _without_pieces(rest: str) -> tuple[int, str]:
    for pattern in (_PIECES, _LAST_PIECES):
        found = pattern.fullmatch(rest)
        if found is not None:
            count = parse_quantity(found["count"])
            if isinstance(count, int):
                return count, found["rest"].strip(" -=:")
    return 1, rest.strip(" -=:")
