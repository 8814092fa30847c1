"""Cleans and compares text that people type, and makes it harmless in a spreadsheet."""

import re
import unicodedata
from typing import Any, Literal

_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"
_VARIATION_SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x20E3, 0x034F}


class _Invisible(dict[int, int | None]):
    """A lazily filled table for `str.translate` that removes invisible characters.

    Control and format characters (zero-width spaces, bidi marks, soft hyphens, tags), lone surrogates and the variation
    selectors of emoji make two equal words different.
    """

    def __missing__(self, point: int) -> int | None:
        char = chr(point)
        hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in _SPACES
        self[point] = None if hidden or point in _VARIATION_SELECTORS else point
        return self[point]


_INVISIBLE = _Invisible()
_MOST_MARKS = 30
"""Combining marks in a row that are kept: no language needs more (Unicode Standard Annex 15, Stream-Safe Text)."""
_SIGNS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")
"""A run of characters that may be combining marks."""
_SURROGATE = re.compile("[\ud800-\udfff]")

_NOTHING = r"""
- -- --- ? ?? . .. x none null nil nan na n/a n.a. #n/a #ref! #value! #name? kosong (kosong) (blank) unknown empty nihil
" "" '' -"- -//- idem \n tidak_ada tdk_ada ga_ada gak_ada nggak_ada belum_ada tidak_punya tidak_tahu tidak_diisi
tanpa_nama no_name noname
"""
_NOTHINGS = {"", *(word.replace("_", " ") for word in _NOTHING.split())}

_SINGLE_LETTERS = re.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")
_APOSTROPHES = re.compile(r"['\u2018\u2019\u02bc\u0060\u00b4]")

# The lengths have an upper bound, so the search takes linear time also in a message of one endless word.
# Suffixes of Indonesian that follow the second part ("kirim-kirimin") or the digit ("kirim2an").
_SUFFIXES = "an|in|i|kan|nya"
_DIGIT_TWO = re.compile(rf"(?<!\S)([^\W\d_]{{2,24}})2({_SUFFIXES})?(?!\S)")
_SAID_TWICE = re.compile(rf"(?<!\S)(\S{{2,24}})(?: \1)+({_SUFFIXES})?(?!\S)")
_GLUED = re.compile(rf"(?<!\S)([^\W\d_]{{4,24}})\1({_SUFFIXES})?(?!\S)")
_STEM_TWICE = re.compile(r"(?<!\S)(\S{2,8}(\S{4,24})) \2(?!\S)")

_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}")

# Text that a spreadsheet may execute, also after white space. A phone number (+62812...) and a plain number
# (-5, -1.5) are excluded: they are harmless, and must be unchanged when the file is read again.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212]")
_HARMLESS = re.compile(r"\+[0-9]{4,15}|-[0-9]+(?:[.,][0-9]+)*")
# The separators that spreadsheet programs offer, and line ends: a program with another separator than the file's begins
# a cell there, also inside quotation marks. A space separates rarely, so text such as "Ani - Bandung" is left as it is.
_SEPARATORS = ";,|:^~\t\r\n\x85\u2028\u2029"
_AFTER_SEPARATOR = re.compile(rf"[{_SEPARATORS}][\s\"]*(?=[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")
_AFTER_SPACE = re.compile(r" \"*(?=[=+\-@\uff1d\uff0b\uff0d\uff20\u2212](?! ))")
_SIGN = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]")
_HARMLESS_PART = re.compile(rf"(?:{_HARMLESS.pattern})(?=\Z|[{_SEPARATORS}])")
_HARMLESS_WORD = re.compile(rf"(?:{_HARMLESS.pattern})(?=\Z|\s)")


def storable(text: str) -> str:
    """The text as PostgreSQL can store it: without NUL, and with U+FFFD for every half of a surrogate pair.

    Everything that a browser, a vendor or a file sends passes through here (or `storable_json`) on its way into the
    database; every other text is returned unchanged.
    """
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def is_storable(text: str) -> bool:
    """Returns whether PostgreSQL can store the text as it is."""
    return storable(text) == text


def storable_json(value: Any) -> Any:
    """`storable` for each text in a value of JSON, keys included."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(part) for part in value]
    return value


def clean(text: str) -> str:
    """Returns the text in NFC without invisible characters, with every run of white space as one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if " " in text else text
    return " ".join(_normalised("NFC", text.translate(_INVISIBLE)).split())


def _normalised(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Returns a Unicode normal form of the text, with at most _MOST_MARKS combining marks in a row.

    Python sorts the marks of a run in quadratic time: a message of 65,536 marks would take minutes.
    """
    return unicodedata.normalize(form, _SIGNS.sub(_with_few_marks, text))


def _with_few_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in found[0]:
        marks = marks + len(unicodedata.normalize("NFKD", char)) if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def fold(text: str) -> str:
    """Returns a form of the text for comparison: compatibility forms (fullwidth, bold letters) and case do not
    matter."""
    if text.isascii():
        return clean(text).lower()
    while True:
        # Case folding can create a new compatibility form, and the other way round: repeat until nothing changes.
        folded = _normalised("NFKC", _normalised("NFKC", text).translate(_INVISIBLE).casefold())
        if folded == text:
            return " ".join(folded.split())
        text = folded


def ascii_digits(text: str) -> str:
    """Returns the text with fullwidth, Arabic and other decimal digits and signs as ASCII."""
    if text.isascii():
        return text
    text = _normalised("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() and c > "9" else c for c in text)


def means_nothing(text: str) -> bool:
    """Whether a cell has no value: `""`, `"-"`, `"N/A"`, `"tidak ada"`, `"#REF!"`."""
    return fold(text) in _NOTHINGS


def normalise_keyword(text: str) -> str:
    """Returns a stop or join word in the form in which it is compared: `"  S.T.O.P !! "` and `"Stop"` are both
    `"stop"`.

    Case, width, accents, punctuation, emoji, invisible characters and extra spaces do not matter. Nothing else is
    guessed, so results are compared with `==`. Idempotent; `""` if the text has no letter or digit.
    """
    text = _APOSTROPHES.sub("", fold(text))
    if not text.isascii():
        bare = "".join(c for c in _normalised("NFD", text) if not "\u0300" <= c <= "\u036f")
        text = fold(_normalised("NFC", bare))
    words = " ".join("".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in text).split())
    return _SINGLE_LETTERS.sub(lambda found: found[0].replace(" ", ""), words)


def collapse_reduplication(text: str) -> str:
    """Returns a text in the form of `normalise_keyword` with each reduplicated word of Indonesian once.

    `"kirim2"`, `"kirim kirim"` and `"kirimkirim"` become `"kirim"`, `"kirim2an"` becomes `"kiriman"`, and
    `"mengirim ngirim"` `"mengirim"`. A few words mean something else when they are reduplicated (`"jangan jangan"`:
    perhaps). The caller handles these before.
    """
    spelled = _DIGIT_TWO.sub(lambda found: found[1] + (found[2] or ""), text)
    parted = _GLUED.sub(lambda found: found[1] + (found[2] or ""), spelled)
    once = _SAID_TWICE.sub(lambda found: found[1] + (found[2] or ""), parted)
    return _STEM_TWICE.sub(r"\1", once)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might read the text as a formula. Phone numbers and plain numbers are not formulas."""
    return _FORMULA.match(text) is not None and _HARMLESS.fullmatch(text) is None


def escape_formula(text: str) -> str:
    """Puts an apostrophe in front of text that a spreadsheet would read as a formula.

    Text that already has apostrophes before a formula gets one more, so that `unescape_formula` is exact.
    """
    return f"'{text}" if text and is_formula(text.lstrip("'")) else text


def escape_inner_formulas(text: str) -> str:
    """Puts an apostrophe in front of each part of the text that would be a formula if the part were a cell: after a
    separator that spreadsheet programs know. Phone numbers and plain numbers stay as they are."""
    if not _SIGN.search(text, 1):
        return text
    return _escaped_after(_AFTER_SPACE, _HARMLESS_WORD, _escaped_after(_AFTER_SEPARATOR, _HARMLESS_PART, text))


def _escaped_after(start: re.Pattern[str], harmless: re.Pattern[str], text: str) -> str:
    def escaped(match: re.Match[str]) -> str:
        return match[0] if harmless.match(text, match.end()) else f"{match[0]}'"

    return start.sub(escaped, text)


def unescape_formula(text: str) -> str:
    """The inverse of `escape_formula`. Every other text is returned unchanged."""
    return text[1:] if text[:1] == "'" and is_formula(text.lstrip("'")) else text


def plain_cell(text: str) -> str:
    """Returns the value of a cell: without the apostrophe before a formula or a number, and without the formula that
    programs write to keep leading zeros (`="00017"` is 00017)."""
    if text[:1] == "'" and text[1:].isdigit():
        return text[1:]
    if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
        return text[2:-1].replace('""', '"')
    return unescape_formula(text)


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet kept only the first digits of a long number (`"2,31E+14"`): two such numbers look the
    same."""
    return _ROUNDED.fullmatch(text) is not None


def slug(text: str) -> str:
    """Returns a key of lower-case ASCII letters, digits and underscores (`"Ukuran Baju (cm)"`: `"ukuran_baju_cm"`),
    possibly empty."""
    plain = _normalised("NFKD", fold(text)).encode("ascii", "ignore").decode()
    return "_".join(re.findall(r"[a-z0-9]+", plain))


def capitalise(word: str) -> str:
    """Capitalises a word like a name: `"o'neil"` is `"O'Neil"`, `"nur'aini"` `"Nur'aini"`, `"al-farisi"` `"Al-Farisi"`.
    Works from any case."""
    pieces = re.split(r"([-./])", word.lower())
    word = unicodedata.normalize("NFC", "".join(piece[:1].title() + piece[1:] for piece in pieces))
    # After an apostrophe only the short prefixes O', D' and L' start a new capital; in "Nur'aini" it is a letter.
    return re.sub(r"\b([ODL])(['\u2019])(\w)", lambda found: found[1] + found[2] + found[3].upper(), word)
