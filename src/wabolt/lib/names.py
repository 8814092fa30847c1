"""Tidies people's names and finds the name for a message.

`tidy_name` keeps the written name, with salutation and titles, and corrects only the typing: spaces, invisible
characters, emoji and signs at the ends, all capitals and all lower case. `first_name` is the name after "Kak" in a
message, without salutation, title and initials. It is `""` if no name remains, so that the default of a template
applies.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from wabolt.lib.text import capitalise, clean, means_nothing

MAX_NAME = 120
"""Maximum number of characters of a name. Longer cells are prose."""

# Indonesian forms of address. "Ibu Anisa" in a list is "Anisa" in a template.
_SALUTATIONS = frozenset(
    word
    for words in (
        "ibu bu ibuk buk bpk bapak pak bp sdr sdri saudara saudari tn tuan ny nyonya nn nona kak kakak ka kk",
        "mas mba mbak",
        "mbakyu abang bang bg bro sis om tante teteh teh kang akang aa mang koko ko koh cici ci cik ce cece uda",
        "uni bli",
        "mbok mr mrs ms miss mister sir madam gus ning ustadz ustad ustadzah ust ustd kyai kiai kh habib pdt",
        "pendeta romo",
        "suster h hj hi haji hajah drs dra dr drg ir prof raden rr ra rm rd letkol kol kapten kompol brigjen serda",
    )
    for word in words.split()
)
# Names after a child: "Mama Rafa" is not Rafa.
_KIN = "mama mamah mamak mami mamih mamanya ibunya umi ummi ummu papa papah papi ayah abi abu bunda nenek opa oma kakek"
_OF_A_CHILD = frozenset(_KIN.split())
_TRADE = "toko cv pt ud warung butik kios rm salon bengkel apotek koperasi yayasan sekolah grosir cafe kafe resto"
_BUSINESSES = frozenset(_TRADE.split())
_ABBREVIATED = frozenset({"cv", "pt", "ud"})
_NOBODY = frozenset(
    ["umum", "guest", "anonim", "anonymous", "pelanggan", "customer", "konsumen", "walk", "walkin", "in"]
)
"""Words that tills write for a customer without a name: "Pelanggan Umum", "Walk-in customer"."""
_BALINESE = frozenset({"i", "ni"})
_SMALL = frozenset({"bin", "binti", "van", "der", "den", "de", "dos", "von", "dan", "al"})
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii"})
# Standard spelling of degrees and titles, for lists in any case.
_WRITTEN_DEGREES = (
    "S.E. S.H. S.T. S.Kom. S.Pd. S.Ag. S.Sos. S.Si. S.I.Kom. S.Ked. S.Farm. S.Psi. S.Hut. S.P. S.Pt. M.M. M.H. M.T. "
    "M.Si. M.Kom. M.Pd. M.Kes. M.Ag. M.Sc. M.Hum. M.Ak. M.B.A. Ph.D. A.Md. Amd.Keb. S.Kep. S.Tr. S.I.P. S.S. S.Gz."
)
_DEGREES = {re.sub(r"\W", "", degree).lower(): degree for degree in _WRITTEN_DEGREES.split()}


_TIDY_START = re.compile(r"([A-Z][a-z]{2,19})(?: (?:[A-Z][a-z]{2,19}|[0-9]{1,9})){0,5}\Z")
_PLAIN = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_SPECIAL = _SALUTATIONS | _ABBREVIATED | _SMALL | _ROMAN
_NO_FIRST_NAMES = _SALUTATIONS | _OF_A_CHILD | _BUSINESSES | _BALINESE | _NOBODY


class PersonName(NamedTuple):
    """A name in parts: `full` is the tidy name, `salutation` the form of address ("Ibu", "dr."), `first` the name for a
    message."""

    full: str
    salutation: str
    first: str


def tidy_name(text: object) -> str:
    """Returns the name with corrected typing, `""` for an empty cell. Never raises; idempotent."""
    # The fast path: most names are plain letters, and an import parses a hundred thousand of them.
    if isinstance(text, str) and len(text) <= MAX_NAME and _PLAIN.fullmatch(text) and not means_nothing(text):
        small = text.lower()
        if _SPECIAL.isdisjoint(small.split(" ")):
            return text.title() if text in {small, text.upper()} else text
    return parse_name(text).full


def first_name(text: object) -> str:
    """Returns the name for a message: `"Ibu ANISA KUSUMA 🌸"` is `"Anisa"`. Never raises."""
    # The fast path: most stored names are tidy, and a broadcast needs thousands of first names.
    if isinstance(text, str) and (found := _TIDY_START.match(text)) and found[1].lower() not in _NO_FIRST_NAMES:
        return "" if means_nothing(text) else found[1]
    return parse_name(text).first


def parse_name(text: object) -> PersonName:
    """Returns a name and its parts. Never raises."""
    return _parse(text[: 4 * MAX_NAME]) if isinstance(text, str) else PersonName("", "", "")


@lru_cache(maxsize=16384)
def _parse(text: str) -> PersonName:
    full = _tidy(text)
    words = [word for word in (_bare(word) for word in full.split(",")[0].split()) if word]
    taken = 0
    while taken < len(words) and _word(words[taken]) in _SALUTATIONS:
        taken += 1
    return PersonName(full, " ".join(words[:taken]), _first(words[taken:]))


def _tidy(text: str) -> str:
    # Normalises compatibility forms: some people write their name in "fancy" letters (fullwidth, script, bold).
    text = clean(unicodedata.normalize("NFKC", text))
    full = " ".join(_strip_signs(text).split())[:MAX_NAME].rstrip()
    if means_nothing(text) or means_nothing(full):
        return ""
    mixed = _is_mixed(full)
    if _is_mixed(" ".join(word for word in full.split() if _word(word) not in _SALUTATIONS) or full):
        return full
    name, comma, degrees = full.partition(",")
    cased = " ".join(
        word if mixed and _word(word) in _SALUTATIONS else _cased(word, place)
        for place, word in enumerate(name.split())
    )
    return cased + comma + "".join(_cased_degree(piece) for piece in re.split(r"([\s,]+)", degrees))


def _is_mixed(text: str) -> bool:
    return text != text.upper() and text != text.lower()


def _strip_signs(text: str) -> str:
    """Removes emoji, hearts, stars, quotes and bars at both ends, but not a closing full stop or bracket."""
    start, end = 0, len(text)
    while start < end and not _begins_a_name(text[start]):
        start += 1
    while end > start and not _ends_a_name(text[end - 1]):
        end -= 1
    return text[start:end]


def _begins_a_name(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or char in "(@"


def _ends_a_name(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or char in ".)"


def _cased(word: str, place: int) -> str:
    plain = _word(word)
    if plain in _ROMAN or (place == 0 and plain in _ABBREVIATED):
        return word.upper()
    if place and plain in _SMALL:
        return word.lower()
    if place and plain in _DEGREES and "." in word:
        return _DEGREES[plain]
    if "." in word.rstrip(".") and all(len(piece) <= 1 for piece in word.split(".")):
        return word.upper()
    return capitalise(word)


def _cased_degree(word: str) -> str:
    return _DEGREES.get(_word(word), capitalise(word))


def _bare(word: str) -> str:
    """Removes emoji and signs at the ends of a word, but not a full stop, which marks an abbreviation."""
    return _strip_signs(word).strip("()@")


def _word(word: str) -> str:
    small = word.lower()
    return small if small.isalnum() else "".join(char for char in small if char.isalnum())


def _first(words: list[str]) -> str:
    if _NOBODY.issuperset(_word(word) for word in words):
        return ""
    first = _word(words[0])
    if first in _BUSINESSES and len(words) > 1:
        return " ".join(words)
    if first in _OF_A_CHILD:
        return " ".join(words[:2]) if len(words) > 1 else ""
    for place, word in enumerate(words):
        more = place + 1 < len(words)
        short = len(_word(word)) < 2 or word.endswith(".") or (place == 0 and _word(word) in _BALINESE)
        if (short and more) or not any(char.isalpha() for char in word):
            continue
        return "" if len(_word(word)) < 2 else word
    return ""
