"""The words that open a request in a chat, and the kinds of data that a letter about a breach names."""

from collections.abc import Mapping, Sequence

from wabolt.lib.text import normalise_keyword

DEFAULT_WORDS: Mapping[str, tuple[str, ...]] = {
    "access": ("DATA SAYA", "LIHAT DATA SAYA", "MINTA DATA SAYA", "MY DATA"),
    "correction": ("UBAH DATA", "UBAH DATA SAYA", "PERBAIKI DATA", "PERBAIKI DATA SAYA", "CORRECT MY DATA"),
    "restriction": ("BATASI DATA", "BATASI DATA SAYA", "JANGAN PAKAI DATA SAYA", "RESTRICT MY DATA"),
    "objection": ("KEBERATAN", "TOLAK PROFIL", "I OBJECT"),
    "erasure": ("HAPUS DATA", "HAPUS DATA SAYA", "DELETE MY DATA", "ERASE MY DATA"),
}
"""{kind of request: words}. The first word of a kind is the one that pages and forms name."""

CATEGORIES = ("name", "phone", "email", "birth_date", "address", "orders", "messages", "files", "password", "payment")


def words_of(own: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """{kind: words} of a shop. `own`: the words that the shop chose; a kind without words has the default ones."""
    return {kind: tuple(own.get(kind) or words) for kind, words in DEFAULT_WORDS.items()}


def kind_of_text(text: str, own: Mapping[str, Sequence[str]]) -> str | None:
    """The kind of request that a whole message is, after normalising it; None for none.

    A part with letters and digits, such as the code of a form, is ignored."""
    plain = " ".join(part for part in normalise_keyword(text).split() if part.isalpha() or part.isdigit())
    for kind, words in words_of(own).items():
        if plain and plain in {normalise_keyword(word) for word in words}:
            return kind
    return None
