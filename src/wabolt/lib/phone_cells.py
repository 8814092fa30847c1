"""Phone numbers as the cells of spreadsheets have them: with decimal places ("081298948786.00" is a number,
"08533500986,24" is none), with the country code in a column of its own, or with words about them ("lama", "salah
nomor")."""

import re

_LONGEST_MOBILE = 13
"""Digits of an Indonesian mobile with its zero."""
# Within the whole part only the other sign may separate groups: "0812.34.56.78.90" has no decimals.
_DECIMALS = re.compile(
    r"(?<![\d.,])(?:(\+?\d(?:[ .-]?\d){6,14}),(\d{1,2}|0+)|(\+?\d(?:[ ,-]?\d){6,14})\.(\d{1,2}|0+))(?![\d.,]|[ -]\d)"
)
MOBILE = re.compile(r"(?:(?:(?:\+|00?)?62){1,2})?0?(8[1-35-9][0-9]{7,10})")
"""Indonesian mobiles in the range of phonenumbers: 8, then not 4 or 0, then seven to ten digits (group 1). A country
code that is written twice counts once, and a zero before it is a typing error."""
_LANDLINE = re.compile(r"0[2-79]|62[2-79]|00")
_SHORTEST_ABROAD = 8
"""Digits of a number after its country code, from which on the code is part of it: "6591234567" with the code 65."""
_WHOLE_NUMBER = 9
"""Minimum digits of a number with its area: "5550123,24" is a landline with an extension."""

CANDIDATE = re.compile(r"\+?\(?\+?\d[\d\s().-]*")
"""Digits and separators that may be a number."""
_WORD = re.compile(r"[^\W\d_]+")
MIN_DIGITS = 7
"""Minimum digits of a number."""
# A number is not in use if the words next to it contain one of _DEAD, or of _EARLIER where the cell has another number,
# and otherwise only _ABOUT_NUMBERS.
_DEAD = frozenset(
    [
        *("mati", "hangus", "salah", "bukan", "nonaktif", "diblokir", "blokir", "rusak", "hilang", "wrong"),
        "invalid",
    ]
)
_REPLACED = frozenset(["ganti", "diganti", "pindah"])
"""Words between two numbers that make the first one an earlier number."""
_EARLIER = frozenset(["lama", "old", "sebelumnya", "dulu", "dulunya"])
_ABOUT_NUMBERS = frozenset(
    [
        *("no", "nomor", "nomer", "hp", "wa", "telp", "kontak", "number", "sambung", "orang", "saya", "dia", "ke"),
        *("sudah", "udah", "sdh", "ini", "yang", "yg", "tidak", "tdk", "aktif", "baru", "new", "ganti", "diganti"),
        "pindah",
    ]
)


def without_decimals(text: str) -> str | None:
    """Returns the text without decimal places that are zero, None if a number has others: a spreadsheet has calculated
    with it, or the end of the number is lost."""
    result, end = "", 0
    for match in _DECIMALS.finditer(text):
        written = match[1] or match[3]
        digits, decimals = re.sub(r"\D", "", written), match[2] or match[4]
        if decimals.strip("0"):
            if len(digits) >= _WHOLE_NUMBER and not _LANDLINE.match(digits):
                return None
            continue
        if len(decimals) > 2:
            mobile = MOBILE.fullmatch(digits)
            if mobile is None:
                continue  # "0812.000000"
            if 1 + len(mobile[1]) + len(decimals) <= _LONGEST_MOBILE:
                return None  # "0812345678.000" is a number with and without its zeros
        result, end = result + text[end : match.start()] + written, match.end()
    return result + text[end:]


def dialled(dial_code: str, number: str) -> str:
    """Returns a number with the country code of another cell ("+62", "62", "0062"), unless it has one already."""
    code = re.sub(r"\D", "", dial_code.split(".")[0].split(",")[0]).lstrip("0")
    written = number.strip()
    digits = re.sub(r"\D", "", written)
    if not code or not digits or written.lstrip("'(").startswith(("+", "00")):
        return number
    if digits.startswith(code) and len(digits) >= len(code) + _SHORTEST_ABROAD:
        return f"+{digits}"
    return f"+{code} {written.lstrip('0 ')}"


def in_use(text: str) -> str:
    """The text without the numbers that it says are not in use: "0812... (lama) 0813... (baru)", "salah nomor 0812...".

    "(lama)" behind the only number is about the person: "pelanggan lama".
    """
    numbers = [found for found in CANDIDATE.finditer(text) if sum(map(str.isdigit, found[0])) >= MIN_DIGITS]
    if not numbers:
        return text
    ends = [found.end() for found in numbers]
    starts = [found.start() for found in numbers]
    before = bool(_WORD.search(text[: starts[0]]))
    edges = zip([0, *ends[:-1]], starts, strict=True) if before else zip(ends, [*starts[1:], len(text)], strict=True)
    gone = [
        _says_not_in_use(text[start:end], several=len(numbers) > 1, between=not before and end < len(text))
        for start, end in edges
    ]
    for found, is_gone in zip(numbers, gone, strict=True):
        if is_gone:
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
    return text


def _says_not_in_use(label: str, *, several: bool, between: bool) -> bool:
    words = _WORD.findall(label.lower())
    said = {word for word in words if word not in _ABOUT_NUMBERS}
    if between and not said and not _REPLACED.isdisjoint(words):
        return True
    is_inactive = "aktif" in words and not {"tidak", "tdk"}.isdisjoint(words)
    return said <= _DEAD | (_EARLIER if several else frozenset()) and (bool(said) or is_inactive)
