"""Whether a message asks about a keyword, or only uses the word: it tells, gives, haggles or advertises. Pure.

A wrong automatic answer is worse than none, so a doubtful use of a keyword is left to the team.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from wabolt.autoreply.rules.chat_words import GREETINGS, plain_words, spelled_words, standard_spelling
from wabolt.autoreply.rules.complaining import CLAUSE_ENDS, is_for_complaints
from wabolt.autoreply.rules.matching import Closeness, Match, PhraseIndex, matches
from wabolt.lib.chat_words import PARTICLES, word_set

_ASKING = word_set("""
apa apakah adakah berapa kapan mana bagaimana kenapa siapa bisa boleh tanya minta mau cara caranya syarat cek
""")
_REQUESTING = re.compile(r"\b(?:do+ng+|dunk|donk|to+lo+ng|tlg|tlng|pls|please|kah|yuk+)\b")
"""Particles of requests, which `plain_words` leaves out."""
_LAST = word_set("tidak belum ada kan")
"""Words at the end of a clause that make it a question: "ready ga"."""
_TAG = word_set("benar bener betul tidak bukan kan yakin")
"""Words of a clause that turns the one before it into a question: "ada diskon, bener ga?"."""
_UNASKED = word_set("tidak belum kalau bukan jangan")
"""Words that turn "mau", "bisa" and "boleh" behind them into a statement: "belum mau beli"."""
_WHENEVER = re.compile(r"\bkapan (?:aja|saja|pun)\b")

_DENIALS = word_set("tidak belum bukan batal batalkan batalin cancel gagal susah takut khawatir oke tapi")
"""Words right before a keyword that tell something: a refusal, a fear, an agreement."""
_BEGINNINGS = word_set("kalau kabari kabarin kata untung semoga syukur terima pas usah")
"""Words before a keyword that make it a part of a story, a condition or thanks."""
_TELLING = word_set("""
saya kami tak teman temanku temenku suami istri aja saja ganti nyusul deh gpp gapapa segitu sesuai jangan sekali
kemarin tadi dulu nanti mahal murah cocok lumayan mantap terjangkau kekecilan kegedean kebesaran kesempitan kelonggaran
kepanjangan kependekan
""")
"""Words of a clause that asks nothing and tells: the speaker, a wish, a past, an opinion."""
_DONE = word_set("sudah habis abis baru barusan pernah kemarin tadi semalam")
_DOING = word_set("lagi sedang sambil")
"""Words before a deed: "kemarin order", "lagi kirim"."""
_DEEDS = word_set("pesan beli bayar transfer kirim tukar retur daftar")
"""Deeds of customers."""
_STATES = word_set("buka tutup ready stok promo diskon cod")
"""States of a shop: "lagi promo kak" and "sudah buka kak" ask about them."""
_MINE = word_set("saya kami kita aku")
_THERE = word_set("situ kesitu sana kesana")
"""Words right after a keyword: its owner, or a place that the writer has named before."""
_COMPLETING = word_set("ke yang untuk di dari warna ukuran")
"""Words after a keyword with "-nya" that only complete it: "ongkirnya ke bandung". "Harganya bikin nangis" tells."""
_SIZES = re.compile(r"(?:[sml]|x{1,4}l|[0-9]xl|all)")
_LONG = 6
"""Words of a statement in which one keyword does not tell what it is about."""

_READ = 1000
"""Characters of a message that are read. Most customers' questions have less than a hundred."""
_STREET = re.compile(
    r"\b(?:jl|jln|jalan|gg|gang|ds|dsn|desa|dusun|kp|kampung|kel|kec|kab|rumah|perum|perumahan|komplek|blok|rt|rw)\b"
)
_HOUSE = re.compile(r"\b(?:rt|rw|no|nomor|blok|kode ?pos)\b[. ]{0,3}\w{0,9}\d|\b\d{1,3}\b")
_GIVEN = re.compile(
    r"\b(?:nama|alamat|no ?hp|telp|telepon|kec|kota)\w{0,9}\s{0,3}[:=]\s{0,3}\w"  # the lines of an order
    r"|\b(?:[0-9]{6,}|[a-z]{2}[0-9]{6,})\b"  # the number of an account, a phone or a parcel
    r"|https?://|\bbit\.ly/"
)
_HAGGLING = re.compile(
    r"\b(?:nego\w*|kurangin|kurangi|turunin|(?:bisa|boleh|kasih|beri) (?:\w+ )?kurang|kurang (?:sedikit|lagi)"
    r"|harga (?:pas|teman|damai))\b"
)
_ADVERTISING = re.compile(
    r"\b(?:pinjaman|pinjol|slot|gacor|maxwin|deposit|memenangkan|pemenang|bea cukai|followers?|supplier|menawarkan"
    r"|kerja sama|kerjasama|investasi|tanpa (?:jaminan|agunan)|pesugihan|togel)\b"
)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of a message between commas and full stops. `start`: its place among the words of the message.
    `words`: its plain words; `said`: the same words as they were said; `all_words`: with particles."""

    start: int
    words: tuple[str, ...]
    said: tuple[str, ...]
    asks: bool
    all_words: frozenset[str]


def asked(text: str, index: PhraseIndex, *, is_complaint: bool) -> list[Match]:
    """The rules that a message asks about, the best first: `matches` without the words that it only uses.

    A message that consists of the words of a rule always asks. A complaint (`complains`) asks only for a rule that is
    made for one.
    """
    text = text[:_READ]
    words = plain_words(text)
    clauses = _clauses(text, words)
    is_closed = _is_for_people(text) or (not any(clause.asks for clause in clauses) and _gives(text))

    def counts(match: Match) -> bool:
        if match.closeness == Closeness.EXACT:
            return True
        if is_complaint:
            return is_for_complaints(match.phrase.text)
        if GREETINGS.issuperset(match.said.split()):
            return GREETINGS.issuperset(words)
        return not (is_closed or _means_otherwise(match, words) or _is_told(match, clauses))

    return matches(text, index, counts)


def _is_for_people(text: str) -> bool:
    """Whether a message haggles or advertises: no rule knows the answer."""
    said = " ".join(plain_words(text[:_READ]))
    return bool(_HAGGLING.search(said) or _ADVERTISING.search(said))


def _gives(text: str) -> bool:
    """Whether a message gives what a shop asks for: an address, a number of an account or a parcel."""
    said = text[:_READ].lower()
    return bool((_STREET.search(said) and _HOUSE.search(said)) or _GIVEN.search(said))


def _clauses(text: str, words: tuple[str, ...]) -> list[_Clause]:
    """The clauses of a message, or one clause if its words cannot be told apart."""
    found: list[_Clause] = []
    start = 0
    for part in CLAUSE_ENDS.split(text):
        own = [pair for pair in spelled_words(part) if pair[1] not in PARTICLES]
        while not found and own and own[0][1] in GREETINGS and words[:1] != (own[0][1],):
            own = own[1:]
        if own:
            clause = _clause(part, own, start)
            if found and _TAG.issuperset(clause.words):
                found[-1] = replace(found[-1], asks=True)
            found.append(clause)
            start += len(own)
    whole = tuple(word for clause in found for word in clause.words)
    return found if whole == words else [_clause(text, [(word, word) for word in words], 0)]


def _clause(text: str, pairs: Sequence[tuple[str, str]], start: int) -> _Clause:
    said, words = tuple(said for said, _word in pairs), tuple(word for _said, word in pairs)
    return _Clause(start, words, said, _asks(text, words), frozenset(standard_spelling(text)))


def _asks(text: str, words: Sequence[str]) -> bool:
    """Whether a clause asks or requests something."""
    ends_asking = words and words[-1] in _LAST and words[-2:-1] != ("kalau",)  # "ukuran L kalau ada" tells
    if "?" in text or _REQUESTING.search(text.lower()) or ends_asking:
        return True
    if words[:1] == ("kata",):  # "kata cs bisa retur" tells
        return False
    pairs = zip(["", *words], words, strict=False)
    asking = {word for before, word in pairs if word in _ASKING and before not in _UNASKED}
    return bool(asking - {"kapan"} if _WHENEVER.search(text.lower()) else asking)


def _means_otherwise(match: Match, words: Sequence[str]) -> bool:
    """Whether a word near the keyword gives it another meaning: "tutup botol" is not about closing."""
    first, *rest = match.said.split()
    if rest:
        return False
    meanings = _other_meanings()
    follows = [word for word in words[match.start + 1 : match.start + 4] if word not in _MINE][:2]
    near = {*words[max(match.start - 3, 0) : match.start]}
    if near & meanings["<"].get(first, set()) or meanings[">"].get(first, set()).intersection(follows):
        return True
    only = meanings["="].get(first)
    return only is not None and bool(follows) and not (follows[0] in only or follows[0].isdigit())


@cache
def _other_meanings() -> dict[str, dict[str, set[str]]]:
    """The words that decide the meaning of a keyword, by their place and the keyword: {"<": {"pesan": {"titip"}}}."""
    found: dict[str, dict[str, set[str]]] = {"<": {}, ">": {}, "=": {}}
    lines = files("wabolt.autoreply.rules").joinpath("other_meanings.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            keyword, place, *near = line.split()
            found[place].setdefault(keyword, set()).update(near)
    return found


def _is_told(match: Match, clauses: Sequence[_Clause]) -> bool:
    """Whether the clause of a match tells about its keyword."""
    clause = next(one for one in reversed(clauses) if one.start <= match.start)
    place = match.start - clause.start
    keyword = clause.words[place]
    before, after = clause.words[:place], clause.words[place + match.said.count(" ") + 1 :]
    if keyword in _DEEDS and _is_past(before):
        return True
    if clause.asks:
        rest = after[after.index("tapi") :] if "tapi" in after else ()
        return bool(rest) and _ASKING.isdisjoint(rest)
    return any(
        (
            not _DENIALS.isdisjoint(before[-2:]) or not _BEGINNINGS.isdisjoint(before),
            keyword not in _STATES and not (_DONE | _DOING).isdisjoint(before[-3:]),
            not clause.all_words.isdisjoint(_TELLING) or "sudah" in after,
            keyword in _DEEDS and "biar" in after,
            keyword == "alamat" and "kirim" in before,
            match.said in {"kirim", "kirim ke"} and "ya" in clause.all_words,  # "kirim ke alamat biasa ya kak"
            after and after[0] in _MINE | _THERE,
            after and clause.said[place].endswith("nya") and after[0] not in _COMPLETING,
            after and keyword == "ukuran" and _SIZES.fullmatch(after[0]),
            match.said == "info" and len(after) > 2,
            len(clause.words) > _LONG and " " not in match.said and before,
        )
    )


def _is_past(before: Sequence[str]) -> bool:
    """Whether the words before a deed put it into the past, and no wish comes between: "kemarin order"."""
    done = max((place for place, word in enumerate(before) if word in _DONE), default=-1)
    return done >= 0 and {"mau", "bisa", "boleh", "cara"}.isdisjoint(before[done:])
