"""Parses phone numbers of people and files to E.164.

Only text that cannot be the number of one line is refused. Landlines are accepted (`kind="landline"`): WhatsApp
Business runs on them, and only the channel can find out whether a number has WhatsApp.

Codes of a refusal: `empty` (nothing, "-", "tidak ada"), `not_a_phone` (no digits, an e-mail address, a group id),
`masked` (digits hidden by x or *), `rounded` (a spreadsheet kept only the first digits: 6.28123E+12), `too_short`,
`too_long`, `no_area_code`, `unknown_country` (+999...), `foreign_unclear` (digits that fit another country, without +),
`letters` (a letter between the digits: 08l2...), `decimals` (081234567890,24), `service_number` (free-phone, premium,
call centre), `not_assigned` (no operator has this range).
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from wabolt.lib.phone_cells import CANDIDATE, MIN_DIGITS, MOBILE, in_use, without_decimals
from wabolt.lib.phone_variants import variants
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import ascii_digits, clean, means_nothing

MAX_TEXT = 200
"""Longer cells are prose. Only this many characters are parsed."""


class Phone(NamedTuple):
    """A number that can exist.

    `e164` is `+` and up to 15 digits. `kind` is `"mobile"`, `"landline"` or `"unknown"` (countries where both have the
    same form). `others` are further numbers (E.164) in the same cell.
    """

    e164: str
    kind: str = "mobile"
    others: tuple[str, ...] = ()


_NO_SEPARATORS = str.maketrans("", "", " .-'()")
# "81234567890.0" may be a spreadsheet's float, not a number with dots: it takes the slow way.
_SAFE_CHARACTERS = re.compile(r"(?!.*\.(?:[0-9]{1,2}|0+)\Z)(?:[Ww][Aa] ?: ?)?['+(]*[0-9][0-9 .()-]*")

_DASHES = str.maketrans(dict.fromkeys("_~\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022\uff0d", "-"))
_WHATSAPP_ID = re.compile(r"^\+?(\d{5,18})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)\Z", re.IGNORECASE)
_WHATSAPP_LINK = re.compile(
    r"(?:wa\.me/(?:c/)?|whatsapp\.com/send/?\?(?:\S*&)?phone=)(?:\+|%2b)?(\d(?:[\d.-]|%20){3,22}\d)",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\+?(0?[1-9]\d{0,2})((?:\.\d{3}){3,4}|(?:,\d{3}){3,4}|(?:'\d{3}){3,4})")
_MIXED = re.compile(r"(?<![^\W_])[^\W_]*(?:\d[^\W\d_]|[^\W\d_]\d)[^\W_]*")
"""A word with digits and letters."""
_NAME_WITH_NUMBER = re.compile(r"([^\W\d_]{3,})\d{1,2}")
_LOOK_ALIKE = frozenset("oOdDqQlLiI|zZsSbBgGtT")
"""Letters that are typed or read in place of digits."""
_LABELLED = re.compile(
    r"(?:no|nomor|hp|wa|hpwa|wahp|tel|telp|telpon|telepon|tlp|phone|mobile|cell|kantor|rumah|ext|cp|call)?\d+"
    r"(?:wa|hp|wahp|hpwa|an|ext)?",
    re.IGNORECASE,
)
"""Words that people write next to a number without a space."""
_SCIENTIFIC = re.compile(r"\+?([1-9](?:[.,]\d*)?)e\+?(\d{1,3})", re.IGNORECASE)
_MASKED = re.compile(
    r"\d[\s.-]*[*x\u00d7#]{2,}|(?<![*x\u00d7#])[*x\u00d7#]{2,}[\s.-]*\d|\d[\s.-]*[*\u2022]+[\s.-]*\d", re.IGNORECASE
)
_BRACKETS = str.maketrans("[]{}", "()()")
_ABROAD = frozenset(
    [
        *("malaysia", "singapore", "singapura", "india", "china", "cina", "tiongkok", "australia", "jepang", "japan"),
        *("taiwan", "hongkong", "thailand", "vietnam", "filipina", "philippines", "brunei", "saudi", "arab", "dubai"),
        *("korea", "amerika", "usa", "inggris", "belanda", "jerman"),
    ]
)
"""Words next to a number without country code that make it foreign: "India 8123456789" is not +62 812..."""
_FOREIGN_DIGITS = re.compile(r"[^\d+]*(?!08|62|00)\d[\d\s().-]*[^\d+]*")
_WORD = re.compile(r"[^\W\d_]+")
_DATE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{2,4}")
_DOUBLED = re.compile(r"\+?6262[2-9]\d{8,9}")
"""A landline after two country codes. Real numbers of the areas 062x are shorter."""
_TWO_ZEROS = re.compile(r"008[1-35-9]\d{7,10}")
"""0812... with a zero too many, or a number of Japan (0081)."""
_SHORT_MOBILE = re.compile(r"(?:\+?62)?0?8[1-35-9]\d{0,6}")
_LONG_MOBILE = re.compile(r"(?:\+?62)?0?8[1-35-9]\d{11,}")
_NEXT_MOBILE = re.compile(r"(?<=\d)[\s.-]+(?=(?:62|0)8[1-35-9])")
_PLUS_INSIDE = re.compile(r"(?<!\d)(\d{1,6})\+(?=\d)")
"""A plus sign after too few digits for a number of their own: "62+812...", "0812+3456..."."""
_SIGN_INSIDE = re.compile(r"\d[^\w\s().,;/-]+\d")
"""A sign between two digits that separates no numbers. `/`, `,` and `;` also introduce an extension: "5550123/24"."""
_MOBILE_START = re.compile(r"(?:\+|00)?(?:62?)?0?(?:8\d*)?")
_PLUS_NUMBERS = re.compile(r"(?<=\d)[\s,;/]*(?=\+\d)")
_ACCEPTED = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "unknown",
    PhoneNumberType.VOIP: "landline",
    PhoneNumberType.PERSONAL_NUMBER: "mobile",
}
_DIALS = {"ID": "62"}
"""Countries in which no national number without a leading 0 begins with the digits of the country code."""
_MAX_DIGITS = 15
_LOCAL_DIGITS = 8


def chat_url(phone: str, text: str) -> str:
    """The address that opens WhatsApp with a text for this number (E.164); for "" the person chooses whom to write to.

    "Click to chat" of WhatsApp's help: https://wa.me/<digits>?text=<text>.
    """
    return f"https://wa.me/{phone.removeprefix('+')}?text={quote(text)}"


def parse_phone(text: object, country: str = "ID") -> Phone | Refusal:
    """Returns the number in `text` (a cell: str, int, float or None) as dialled in `country` (ISO 3166, two letters).
    Never raises.

    If a cell holds several numbers, the first mobile is returned, or the first valid number; the others are in
    `others`. A number with a letter among its digits is refused as a whole, because its remaining digits could be
    another person's number.
    """
    if isinstance(text, str) and country == "ID":
        found = MOBILE.fullmatch(text)
        if found is None and _SAFE_CHARACTERS.fullmatch(stripped := text.strip()):
            found = MOBILE.fullmatch(stripped.lstrip("WAwa: ").translate(_NO_SEPARATORS))
        if found is not None:
            return Phone("+62" + found[1])
    return _parse_slowly(text, country)


def parse_phones(texts: Iterable[object], country: str = "ID") -> list[Phone | Refusal]:
    """Applies `parse_phone` to a whole column, in order."""
    if country != "ID":
        return [_parse_slowly(text, country) for text in texts]
    plain = MOBILE.fullmatch
    return [
        Phone("+62" + found[1]) if isinstance(text, str) and (found := plain(text)) else parse_phone(text)
        for text in texts
    ]


def _parse_slowly(value: object, country: str) -> Phone | Refusal:
    text = _as_text(value)
    shown = text[:MAX_TEXT]
    text = clean(ascii_digits(shown).translate(_DASHES)).strip("'\"`\u2018\u2019 ")
    if text == "0" or means_nothing(text):
        return Refusal("empty", shown)
    if found := _WHATSAPP_ID.match(text) or _WHATSAPP_LINK.search(text):
        digits = re.sub(r"%20|[.-]", "", found[1])  # people write "wa.me/0812..." too
        return _by_digits(digits if digits.startswith("0") else f"+{digits}", country, shown)
    if "@" in text:
        return Refusal("not_a_phone", shown)
    if (whole := without_decimals(text)) is None:
        return Refusal("decimals", shown)
    text = whole
    if found := _THOUSANDS.fullmatch(text):
        text = re.sub(r"\D", "", found[1] + found[2])
    elif found := _SCIENTIFIC.fullmatch(text):
        return _from_scientific(found, country, shown)
    text = text.translate(_BRACKETS)
    if _MASKED.search(text):
        return Refusal("masked", shown)
    if any(_breaks_number(found[0]) for found in _MIXED.finditer(text)):
        return Refusal("letters" if sum(map(str.isdigit, text)) >= MIN_DIGITS else "not_a_phone", shown)
    if country == "ID" and _is_abroad(text):
        return Refusal("foreign_unclear", shown)
    return _from_candidates(text, country, shown)


def _is_abroad(text: str) -> bool:
    """Whether a foreign country is named next to digits that begin neither like an Indonesian number nor like an
    international one."""
    return bool(_FOREIGN_DIGITS.fullmatch(text)) and not _ABROAD.isdisjoint(_WORD.findall(text.lower()))


def _breaks_number(word: str) -> bool:
    """Whether a word of letters and digits may be part of a number. "Budi2" is a name; "OO2" and "8l2" are not."""
    name = _NAME_WITH_NUMBER.fullmatch(word)
    if name and not _LOOK_ALIKE.issuperset(name[1]):
        return False
    return _LABELLED.fullmatch(word) is None


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a foreign object or a huge int may fail to print; it is no phone number then
        return "?"


def _from_scientific(match: re.Match[str], country: str, shown: str) -> Phone | Refusal:
    mantissa, exponent = match[1].replace(",", "."), int(match[2])
    if len(mantissa.replace(".", "")) <= exponent:
        return Refusal("rounded", shown)
    try:
        number = Decimal(f"{mantissa}E{exponent}")
    except InvalidOperation:  # pragma: no cover - the pattern lets only numbers through
        return Refusal("not_a_phone", shown)
    if number != number.to_integral_value():
        return Refusal("not_a_phone", shown)
    return _by_digits(str(int(number)), country, shown)


def _from_candidates(text: str, country: str, shown: str) -> Phone | Refusal:
    """Returns the first mobile among the runs of digits, else the first valid number, else all runs joined
    (`0812/3456/7890` is one number)."""
    if _DATE.fullmatch(text):
        return Refusal("not_a_phone", shown)
    if found := _PLUS_INSIDE.search(text):
        # The digits after the sign could be the number of another person: 62+81234567 is not a number of Japan.
        if found[1].lstrip("0") != _DIALS.get(country):
            return Refusal("not_a_phone", shown)
        text = _PLUS_INSIDE.sub(f"+{_DIALS[country]}", text, count=1)
    apart = _PLUS_NUMBERS.sub(" ; ", text)
    if any(char.isalpha() for char in text):
        apart = in_use(apart)
    pieces = [found[0] for found in CANDIDATE.finditer(apart)]
    runs = [run for piece in pieces for run in _runs_of(piece)]
    is_torn = _SIGN_INSIDE.search(text) and any(sum(map(str.isdigit, piece)) < MIN_DIGITS for piece in pieces)
    if not runs or is_torn:
        return Refusal("not_a_phone", shown)
    answers = _without_ends(runs[:8], [_by_digits(run, country, shown) for run in runs[:8]], shown)
    phones = [answer for answer in answers if isinstance(answer, Phone)]
    if phones:
        best = next((phone for phone in phones if phone.kind == "mobile"), phones[0])
        others = dict.fromkeys(phone.e164 for phone in phones if phone.e164 != best.e164)
        return best._replace(others=tuple(others))
    if len(runs) > 1 and "/" in text:
        joined = _by_digits("".join(runs), country, shown)
        if isinstance(joined, Phone) and joined.kind == "mobile":
            return joined
    if any(char.isalpha() for char in text) and max(len(run) for run in runs) < 7:
        return Refusal("not_a_phone", shown)
    return next((a for a in answers if isinstance(a, Refusal) and a.code != "too_short"), answers[0])


def _without_ends(runs: Sequence[str], answers: Sequence[Phone | Refusal], shown: str) -> list[Phone | Refusal]:
    """The answers for the runs. A run that may be the end of the number before it is refused: "08,2164388317"."""
    before: list[tuple[str, Phone | Refusal]] = [("", Refusal("empty", "")), *zip(runs, answers, strict=True)]
    return [
        Refusal("not_a_phone", shown) if isinstance(answer, Phone) and _is_end(start, known, run) else answer
        for (start, known), run, answer in zip(before, runs, answers, strict=False)
    ]


def _is_end(start: str, known: Phone | Refusal, run: str) -> bool:
    """Whether a valid run may continue the run before it, which is no number by itself. Both together are not longer
    than one number, and the second one does not begin as a whole number does."""
    if isinstance(known, Phone) or not start.startswith(("0", "6", "+")) or run.startswith(("+", "08", "628")):
        return False
    digits = start.lstrip("+0")
    if digits in {"", "62"} or (run.startswith("0") and not _MOBILE_START.fullmatch(start)):
        return False
    return len(digits) + len(run) < _MAX_DIGITS


def _runs_of(piece: str) -> list[str]:
    """Splits a run of digits and separators into numbers. It is one number unless it is too long and contains the start
    of another."""
    parts = _NEXT_MOBILE.split(piece) if sum(char.isdigit() for char in piece) > _MAX_DIGITS else [piece]
    return [run for part in parts if (run := _tidy_run(part))]


def _tidy_run(run: str) -> str:
    """Returns the digits of a run, with `+` in front if it has a country code (00 is the international prefix)."""
    plus = "+" in run[:3]
    digits = re.sub(r"\D", "", run)
    if plus and digits[:1] == "0" and digits[:2] != "00":
        # "+0812..." and "+062812...": the plus sign is a typing error.
        digits = digits.lstrip("0")
        plus = digits.startswith(tuple(_DIALS.values()))
        digits = digits if plus else f"0{digits}"
    if not plus and digits.startswith("00") and len(digits) > 6 and not _TWO_ZEROS.fullmatch(digits):
        plus, digits = True, digits.lstrip("0")
    if not digits.strip("0"):
        return ""
    return f"+{digits}" if plus else digits


@lru_cache(maxsize=4096)
def _by_digits(digits: str, country: str, shown: str) -> Phone | Refusal:
    """Parses one number of ASCII digits, with `+` in front if it has a country code."""
    if len(digits.lstrip("+0")) > _MAX_DIGITS:
        return Refusal("too_long", shown)
    if country == "ID" and _TWO_ZEROS.fullmatch(digits):
        return Refusal("foreign_unclear", shown)
    if country == "ID" and _DOUBLED.fullmatch(digits):
        digits = digits.lstrip("+")[2:]
    if country == "ID" and (answer := _indonesian_mobile(digits, shown)):
        return answer
    if country in _DIALS and digits.startswith(_DIALS[country]):
        # The country code without +. Read as a national number it would get the code a second time.
        digits = f"+{digits}"
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException as problem:
        return Refusal(_reason(problem, digits), shown)
    bare = not digits.startswith(("+", "0"))
    if bare and _fits_abroad(digits, number):
        return Refusal("foreign_unclear", shown)
    if not phonenumbers.is_valid_number(number):
        return _in_todays_form(number) or Refusal(_fault(number, bare), shown)
    kind = _ACCEPTED.get(phonenumbers.number_type(number))
    if kind is None:
        return Refusal("service_number", shown)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind)


def _in_todays_form(number: phonenumbers.PhoneNumber) -> Phone | None:
    """Returns a number of an earlier numbering plan, which people and WhatsApp still write, in today's form."""
    for other in variants(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))[1:]:
        parsed = phonenumbers.parse(other, None)
        kind = _ACCEPTED.get(phonenumbers.number_type(parsed))
        if phonenumbers.is_valid_number(parsed) and kind is not None:
            return Phone(other, kind)
    return None


def _indonesian_mobile(digits: str, shown: str) -> Phone | Refusal | None:
    """Returns None for a number that does not begin like a mobile."""
    if found := MOBILE.fullmatch(digits):
        return Phone("+62" + found[1])
    # Decided before phonenumbers sees it: a cut mobile can pass for a landline of the area 0628.
    if _SHORT_MOBILE.fullmatch(digits):
        return Refusal("too_short", shown)
    return Refusal("too_long", shown) if _LONG_MOBILE.fullmatch(digits) else None


def _fault(number: phonenumbers.PhoneNumber, bare: bool) -> str:
    """Returns the code of an invalid number. `bare`: it began with neither + nor 0."""
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.TOO_LONG:
        return "too_long"
    if possible == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "no_area_code"
    if possible in {ValidationResult.TOO_SHORT, ValidationResult.INVALID_LENGTH}:
        return "too_short"
    if bare and len(str(number.national_number)) <= _LOCAL_DIGITS:
        return "no_area_code"
    return "not_assigned"


def _reason(problem: NumberParseException, digits: str) -> str:
    if problem.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "unknown_country" if digits.startswith("+") else "not_a_phone"
    if problem.error_type == NumberParseException.TOO_LONG:
        return "too_long"
    return "too_short"


def _fits_abroad(digits: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether the digits, with + in front, are a valid number of another country."""
    try:
        abroad = phonenumbers.parse("+" + digits, None)
    except NumberParseException:
        return False
    return abroad.country_code != number.country_code and phonenumbers.is_valid_number(abroad)
