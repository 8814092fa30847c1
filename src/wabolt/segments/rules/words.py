"""The words of the text language in English and Indonesian. Both are understood everywhere; one is printed."""

LANGUAGES = ("en", "id")

# The first spelling of each language is printed.
JOINING: dict[str, dict[str, tuple[str, ...]]] = {
    "and": {"en": ("and",), "id": ("dan",)},
    "or": {"en": ("or",), "id": ("atau",)},
    "not": {"en": ("not",), "id": ("bukan", "tidak")},
    "never": {"en": ("never",), "id": ("belum pernah", "tidak pernah")},
    "everyone": {"en": ("everyone",), "id": ("semua kontak", "semua orang", "semuanya", "semua")},
    "nobody": {"en": ("nobody",), "id": ("tidak seorang pun",)},
}
OPERATOR_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "=": {"en": ("=", "is"), "id": ("=", "adalah", "sama dengan", "tepat")},
    "!=": {"en": ("!=", "is not"), "id": ("!=", "bukan", "tidak sama dengan")},
    "in": {"en": ("in", "is one of"), "id": ("salah satu dari", "salah satu", "termasuk")},
    "not in": {"en": ("not in", "is none of"), "id": ("bukan salah satu dari", "bukan salah satu", "tidak termasuk")},
    "contains": {"en": ("contains",), "id": ("berisi", "mengandung", "memuat")},
    "starts with": {"en": ("starts with",), "id": ("diawali", "diawali dengan", "dimulai dengan")},
    "is empty": {"en": ("is empty",), "id": ("kosong", "belum ada", "tidak ada")},
    "is not empty": {"en": ("is not empty",), "id": ("terisi", "tidak kosong", "ada")},
    "<": {"en": ("<", "less than"), "id": ("<", "kurang dari", "di bawah")},
    "<=": {"en": ("<=", "at most"), "id": ("<=", "paling banyak", "maksimal", "maksimum")},
    ">": {"en": (">", "more than"), "id": (">", "lebih dari", "di atas")},
    ">=": {"en": (">=", "at least"), "id": (">=", "paling sedikit", "minimal", "minimum")},
    "within": {"en": ("within",), "id": ("dalam",)},
    "within next": {
        "en": ("within next",),
        "id": ("dalam",),
    },  # the words after the number decide
    "over": {"en": ("over", "more than"), "id": ("lebih dari",)},
    "on": {"en": ("on",), "id": ("pada", "tanggal", "pada tanggal")},
    "before": {"en": ("before",), "id": ("sebelum",)},
    "after": {"en": ("after",), "id": ("sesudah", "setelah")},
    "during": {"en": (), "id": ()},  # the period itself is the operator
    "is": {"en": ("is",), "id": ("adalah",)},
    "any": {"en": (), "id": ()},
    "": {"en": (), "id": ("adalah",)},
}
PERIOD_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "today": {"en": ("today",), "id": ("hari ini",)},
    "yesterday": {"en": ("yesterday",), "id": ("kemarin",)},
    "this week": {"en": ("this week",), "id": ("minggu ini", "pekan ini")},
    "last week": {"en": ("last week",), "id": ("minggu lalu", "pekan lalu", "minggu kemarin")},
    "this month": {"en": ("this month",), "id": ("bulan ini",)},
    "last month": {"en": ("last month",), "id": ("bulan lalu", "bulan kemarin")},
    "this year": {"en": ("this year",), "id": ("tahun ini",)},
    "last year": {"en": ("last year",), "id": ("tahun lalu", "tahun kemarin")},
}
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "days": {"en": ("days", "day"), "id": ("hari",)},
    "ago": {"en": ("ago",), "id": ("yang lalu", "lalu")},
    "past": {"en": (), "id": ("terakhir", "ke belakang")},  # These may follow "dalam 30 hari".
    "ahead": {"en": (), "id": ("lagi", "ke depan", "mendatang")},
    "yes": {"en": ("yes",), "id": ("ya",)},
    "no": {"en": ("no",), "id": ("tidak",)},
    "any broadcast": {"en": ("any broadcast",), "id": ("broadcast apa pun", "broadcast apapun", "broadcast mana pun")},
    "broadcast": {"en": ("broadcast",), "id": ("broadcast", "siaran")},
}


_SPELLINGS: dict[int, tuple[tuple[str, ...], ...]] = {}


def spellings(words: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Returns all spellings of all languages as lists of words, the longest first. `words` is an entry of these
    tables."""
    found = _SPELLINGS.get(id(words))
    if found is None:
        texts = {tuple(text.split(" ")) for language in LANGUAGES for text in words[language]}
        found = _SPELLINGS[id(words)] = tuple(sorted(texts, key=lambda text: (-len(text), text)))
    return found


def printed(words: dict[str, tuple[str, ...]], language: str) -> str:
    """Returns the spelling that is printed in a language; English for an unknown one, "" for none."""
    found = words.get(language) or words["en"]
    return found[0] if found else ""


def joining_words(language: str) -> list[str]:
    """Returns the words that join and negate conditions, as one language prints them."""
    return [printed(words, language) for words in JOINING.values()]
