"""Compares messages with the words of rules: the whole message, its beginning, its words, words with typos."""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from wabolt.autoreply.rules.chat_words import plain_words, standard_words
from wabolt.autoreply.rules.vocabulary import EVERYDAY
from wabolt.lib.chat_words import PARTICLES, word_set


class Closeness(IntEnum):
    """Kinds of agreement between a message and the words of a rule, the closest first."""

    EXACT = 1
    BEGINS = 2
    CONTAINS = 3
    SIMILAR = 4


ONE_TYPO = 4
"""Letters that a phrase needs for one typo to be forgiven."""
TWO_TYPOS = 7
"""Letters that a phrase needs for two typos to be forgiven."""
MOST_TYPOS = 2
SPREAD = 3
"""Words that a phrase needs for other words to be allowed in between: "toko di mana" is in "toko kakak di mana"."""
_QUESTIONS = word_set("apa berapa kapan mana di ke bagaimana kenapa siapa ada bisa boleh minta mau")
"""Question words. They do not say what the question is about: "buka jam berapa" is about "buka"."""
_GENERAL = _QUESTIONS | {"info"}
"""Words that do not say what a message is about, if another word does: "info harga" is about prices."""


_MEASURES = word_set("""
lama hari minggu bulan tahun tanggal jam menit orang kilo kg gram gr berat panjang lebar tinggi lingkar umur usia
persen kali minimal maksimal jumlah isi liter cm meter jarak sisa nomor lembar dapat dapet
""")
"""Words that "berapa" asks for without asking for a price: "berapa lama", "lingkar dada berapa"."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of a rule. `reach`: the loosest agreement that counts. `order`: the position of the rule in its list."""

    rule: int
    text: str
    reach: Closeness = Closeness.SIMILAR
    order: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The agreement of a message and a phrase. `said`: the words of the message that agree; `start`: the place of the
    first one among its plain words."""

    phrase: Phrase
    closeness: Closeness
    said: str
    typos: int = 0
    start: int = 0


@dataclass(slots=True)
class PhraseIndex:
    """The phrases of all rules, prepared for many messages. Build it with `index_phrases`."""

    by_words: dict[tuple[str, ...], list[Phrase]] = field(default_factory=dict)
    by_first: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    by_size: dict[int, dict[tuple[str, ...], str]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)


def index_phrases(phrases: Iterable[Phrase]) -> PhraseIndex:
    """Prepares the phrases. A phrase without a letter or a digit never matches."""
    index = PhraseIndex()
    for phrase in phrases:
        words = plain_words(phrase.text)
        if not words:
            continue
        if words not in index.by_words:
            index.by_words[words] = []
            index.by_first.setdefault(words[0], []).append(words)
            joined = " ".join(words)
            if len(joined.replace(" ", "")) >= ONE_TYPO and not joined.replace(" ", "").isdigit():
                index.by_size.setdefault(len(words), {})[words] = joined
            index.words.update(words)
        index.by_words[words].append(phrase)
    return index


def matches(text: str, index: PhraseIndex, counts: Callable[[Match], bool] | None = None) -> list[Match]:
    """The phrases that agree with a message, the best first; one match per rule. `counts`: which agreements count.

    The closest agreement comes first, then fewer typos, then more words, then the first one in the message, then the
    order of the rules. Question words alone ("berapa") come last unless they are the whole message, and do not agree
    next to a word for a measure ("berapa lama"). A phrase agrees only with whole words: "promo" is not in "promosikan".
    A phrase of at least `SPREAD` words agrees also with a word of the message in each of its gaps.
    Typos are considered only if nothing agrees letter by letter. A word of everyday language is no typo of another
    word: "warga" does not ask for "harga".
    """
    words = plain_words(text)
    if not words:
        return []
    measured = not _MEASURES.isdisjoint(words)
    found = [match for match in _literal(words, index) if not (measured and _is_weak(match, _QUESTIONS))]
    if all(map(_is_weak, found)):
        found += _similar(words, index)
    if counts is not None:
        found = [match for match in found if counts(match)]
    best: dict[int, Match] = {}
    for match in sorted(found, key=_rank):
        best.setdefault(match.phrase.rule, match)
    return list(best.values())


def _is_weak(match: Match, weak: Container[str] = _GENERAL) -> bool:
    return match.closeness > Closeness.EXACT and all(word in weak for word in match.said.split())


def _rank(match: Match) -> tuple[bool, int, int, int, int, int, int]:
    words = match.said.count(" ") + 1
    return (
        _is_weak(match), match.closeness, match.typos, -words, match.start, match.phrase.order, match.phrase.rule
    )  # fmt: skip


def _literal(words: tuple[str, ...], index: PhraseIndex) -> Iterable[Match]:
    for start, word in enumerate(words):
        for wanted in index.by_first.get(word, ()):
            if words[start : start + len(wanted)] == wanted:
                whole = len(wanted) == len(words)
                closeness = Closeness.EXACT if whole else Closeness.BEGINS if start == 0 else Closeness.CONTAINS
                said = wanted
            elif len(wanted) >= SPREAD and (end := _end_of_spread(words, start, wanted)):
                closeness, said = Closeness.CONTAINS, words[start:end]
            else:
                continue
            for phrase in index.by_words[wanted]:
                if closeness <= phrase.reach:
                    yield Match(phrase, closeness, " ".join(said), start=start)


def _end_of_spread(words: tuple[str, ...], start: int, wanted: tuple[str, ...]) -> int:
    """The end of a long phrase in a message with at most one other word in each gap; 0 if it is not there."""
    place = start
    for word in wanted[1:]:
        near = words[place + 1 : place + 3]
        if word not in near:
            return 0
        place += 1 + near.index(word)
    return place + 1


def _similar(words: tuple[str, ...], index: PhraseIndex) -> Iterable[Match]:
    unknown = [_may_be_typo(word, index.words) for word in words]
    for size, candidates in index.by_size.items():
        for start in range(len(words) - size + 1):
            if not any(unknown[start : start + size]):
                continue
            said = " ".join(words[start : start + size])
            near = process.extract(said, candidates, scorer=OSA.distance, score_cutoff=MOST_TYPOS, limit=None)
            for joined, typos, wanted in near:
                differ = [said_word != word for said_word, word in zip(words[start:], wanted, strict=False)]
                if typos <= _typos_allowed(joined) and not any(
                    differs and not free for differs, free in zip(differ, unknown[start:], strict=False)
                ):
                    for phrase in index.by_words[wanted]:
                        if phrase.reach == Closeness.SIMILAR:
                            yield Match(phrase, Closeness.SIMILAR, said, int(typos), start)


def _typos_allowed(joined: str) -> int:
    letters = len(joined.replace(" ", ""))
    return MOST_TYPOS if letters >= TWO_TYPOS else 1 if letters >= ONE_TYPO else 0


def _may_be_typo(word: str, known: set[str]) -> bool:
    """Whether a word is no word of its own."""
    return not (word in known or word in EVERYDAY or word in PARTICLES or word in standard_words() or word.isdigit())


def menu_number(text: str, size: int, words: Mapping[str, int]) -> int | None:
    """The number that a customer chose from a menu with `size` lines: "2", "no 2", "nomor dua". None if it is none.

    `words`: the labels of the menu, normalised with `plain_words` and joined by spaces, each with its number.
    """
    plain = plain_words(text[:_LONGEST_CHOICE])
    said = [word for word in plain if word not in _AROUND_NUMBERS]
    if len(said) == 1:
        number = int(said[0]) if _DIGITS.fullmatch(said[0]) else _NUMBERS.get(said[0], 0)
        if 1 <= number <= size:
            return number
    return words.get(" ".join(plain))


_LONGEST_CHOICE = 200
"""Characters of a message that are read for a choice. A label has at most 60."""
_DIGITS = re.compile("[0-9]{1,2}")
_AROUND_NUMBERS = frozenset(["nomor", "pilih", "pilihan", "yang", "mau", "saya", "angka", "opsi", "menu"])
_NUMBER_WORDS = ("satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")
_NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS, start=1)} | {
    word: number
    for number, words in enumerate(
        ("pertama kesatu", "kedua", "ketiga", "keempat", "kelima", "keenam", "ketujuh", "kedelapan", "kesembilan"),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
