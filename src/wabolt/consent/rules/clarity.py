"""The four parts of a text about promotions: the business, the content, how often, and how to stop. Pure.

The check looks for words, so it can miss a good text and accept a bad one. It warns, and a member decides.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from wabolt.consent.rules.words import tells_how_to_stop
from wabolt.lib.text import fold, normalise_keyword

_COMMON_NAMES = frozenset(
    {
        "toko",
        "butik",
        "kedai",
        "warung",
        "rumah",
        "cafe",
        "kafe",
        "salon",
        "official",
        "indonesia",
        "shop",
        "store",
        "the",
    }
)
_WHAT = re.compile(
    r"\b(?:promo\w*|diskon\w*|penawaran|tawaran|kabar\w*|info\w*|berita|koleksi\w*|produk\w*|katalog|voucher|kupon|undangan"
    r"|rekomendasi|acara|tips|resep|menu|news\w*|offers?|discounts?|deals?|updates?|products?|collections?|events?|invitations?"
    r"|recommendations?|catalogues?)\b"
)
_OFTEN = re.compile(
    r"\b(?:(?:se|per|tiap|setiap|dalam|a|an|each|every|once a|twice a)[ -]?"
    r"(?:hari|minggu|pekan|bulan|tahun|day|week|month|year)"
    r"|mingguan|bulanan|harian|tahunan|weekly|monthly|daily|yearly)\b"
)


@dataclass(frozen=True, slots=True)
class Clarity:
    """The parts that a text has."""

    names_business: bool
    says_what: bool
    says_how_often: bool
    says_how_to_stop: bool


def clarity_of(text: str, shop: str, stop_words: Collection[str] = ()) -> Clarity:
    """Returns the parts of a text. `shop`: the name of the business. `stop_words`: the shop's stop words,
    normalised.

    A text names the business by its whole name, or by a word of the name that is not common among shops.
    """
    plain, normalised = fold(text), normalise_keyword(text)
    words = set(normalised.split())
    name = normalise_keyword(shop)
    name_words = {word for word in name.split() if len(word) >= 4 and word not in _COMMON_NAMES}
    stops = any(f" {word} " in f" {normalised} " for word in stop_words)
    return Clarity(
        names_business=bool(name) and (f" {name} " in f" {normalised} " or bool(name_words & words)),
        says_what=bool(_WHAT.search(plain)),
        says_how_often=bool(_OFTEN.search(plain)),
        says_how_to_stop=tells_how_to_stop(text) or stops,
    )
