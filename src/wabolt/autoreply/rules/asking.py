"""Chat forms: questions, and the value that a customer's messages give as an answer. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from wabolt.autoreply.rules.chat_words import plain_words, spelled_words, without_words
from wabolt.autoreply.rules.days import Times, birthday_in, day_in
from wabolt.autoreply.rules.matching import Closeness, Match, Phrase, index_phrases, matches, menu_number
from wabolt.lib.chat_words import PARTICLES, word_set
from wabolt.lib.choices import parse_gender, parse_yes_no
from wabolt.lib.cities import parse_city
from wabolt.lib.names import tidy_name
from wabolt.lib.text import clean

Kind = Literal[
    "name", "birthday", "city", "gender", "email", "text", "address", "number", "date", "choice", "yes_no"
]  # fmt: skip
LONGEST_ANSWER = 500
"""Characters of an answer in words; a customer who writes a longer text is asked again."""
LONGEST_TYPED = 100
"""Characters of an answer with a type, such as a date."""
RETRIES = 2
"""Times that a question is asked again before a person takes over."""

_CANCEL = word_set("batal batalkan batalin cancel stop berhenti")
_DECLINED, _UNNEEDED = ("tidak", "jadi"), ("tidak", "usah")
_CANCEL_TEXTS = frozenset({_DECLINED, _UNNEEDED, ("batal", "saja")})
_SKIP = frozenset(
    {("lewati",), ("lewat",), ("lewat", "saja"), ("skip",), ("lanjut",), ("tidak", "ada"), ("kosong",), ("kosongin",),
     ("kosongin", "saja"), ("rahasia",), _UNNEEDED}
)  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:(?<![0-9a-z.,])|(?<=\bber)-?)(?:rp\.? ?)?(-?[0-9][0-9.,]{0,20})(?:,-)?"
    r"(?: ?(rb|ribu|rebu|k|jt|juta)(?:(?<! k)an)?|(?!r[eiou]?b|jt|jut|kan?\b)[a-z]{1,6})?"
    r"(?![0-9a-z]| (?:rb|ribu|jt|jut))"
)
"""A number with a factor or a unit behind it: "150rb", "50ribuan", "29thn", "2 orang"; also "ber3", three people.

A misspelled factor ("2rbu") is no unit: the number without it would be 1,000 times too small. "2 kan" is a two.
"""
_FACTORS = {"rb": 1_000, "ribu": 1_000, "rebu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split()  # noqa: SIM905
    )
} | {"sendiri": 1, "sendirian": 1, "berdua": 2, "bertiga": 3, "berempat": 4, "berlima": 5}
_MULTIPLES = word_set("belas puluh puluhan ratus ratusan ribu ribuan rebu rebuan juta jutaan setengah")
"""Words that multiply the number before them: "dua puluh" is not two."""
_ABOUT_NAME = word_set("nama namaku lengkap saya aku adalah panggil panggilan itu dengan")
_NO_NAME = word_set("tidak kenapa siapa rahasia sudah belum apa bagaimana malas terserah")
"""Words of an answer that gives no name: "gak mau kasih tau"."""
_IN_NAMES = word_set("g nda uda ap sp spa")
"""Short forms of such words that are also parts of names: "Uda Rahman", "G. Kartika", "Andi Sp.A"."""
_REFUSALS = frozenset(
    {("tidak", "mau"), ("tidak", "tahu"), ("tidak", "tau"), ("tidak", "ada"), _UNNEEDED, ("sudah", "tahu"),
     ("sudah", "tau")}
)  # fmt: skip
"""Beginnings that give no name in any spelling: "g mau"."""
_ABOUT_CITY = word_set("kota di dari saya aku tinggal domisili daerah asal kabupaten sekarang")
_TIME_WORDS = word_set("jam pukul time clock")
"""Words of a question that asks for a time of the day."""
_DENIALS = word_set("tidak bukan jangan kecuali")
_YES_IN = word_set("datang hadir ikut bisa mau boleh jadi siap pasti setuju gas gaskeun gaskan yoi")
_NO_IN = word_set("tidak bukan belum batal absen berhalangan skip")
_UNSURE = word_set("tahu mungkin")
_ASKS = word_set("lihat nanti kabari gimana bagaimana apa kapan berapa")
"""Words of an answer to a question with yes or no: "datang dong", "tidak bisa ikut", "belum tahu nih"."""
_MOST_PARTS = 10
"""Messages of a burst that are tried alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a chat form.

    `key`: stable while the form is edited. `target`: a column of a contact, "field:<key>" for a custom field, or "" for
    an answer that only the form keeps. `choices`: of the kind "choice". `several`: more than one choice may be given.
    `optional`: the customer may skip it.
    """

    key: str
    target: str
    kind: Kind
    text: str
    choices: tuple[str, ...] = ()
    several: bool = False
    optional: bool = False

    def stored(self) -> dict[str, Any]:
        """The question as JSON."""
        return {
            "key": self.key, "target": self.target, "kind": self.kind, "text": self.text,
            "choices": list(self.choices), "several": self.several, "optional": self.optional,
        }  # fmt: skip


def read_questions(stored: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions out of their stored form."""
    return tuple(
        Question(
            str(item["key"]), str(item["target"]), item["kind"], str(item["text"]),
            tuple(map(str, item.get("choices", ()))), bool(item.get("several")), bool(item.get("optional")),
        )
        for item in stored
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that was understood. `value`: plain JSON, None for a skipped question. `shown`: for people."""

    value: Any
    shown: str


Misread = Literal[
    "empty", "no_words", "too_long", "not_a_date", "not_a_city", "not_a_gender", "not_an_email", "not_a_number",
    "not_a_choice", "not_yes_or_no",
]  # fmt: skip
"""The reasons for which a text is no answer to a question."""


@dataclass(frozen=True, slots=True)
class _Said:
    """The text of an answer, its plain words, and what its meaning depends on. `question`: its text."""

    text: str
    words: Sequence[str]
    today: date
    asked_again: bool
    question: str


def cancels(text: str, question: Question) -> bool:
    """Whether the whole message after this question ends the chat form: "batal", "gak jadi deh".

    "Gak usah" answers a question with yes or no, and skips an optional one. "Gak jadi" answers the first of them.
    """
    words = _bare(text)
    if question.kind == "yes_no" and words in {_DECLINED, _UNNEEDED}:
        return False
    if question.optional and words == _UNNEEDED:
        return False
    return bool(words) and (words in _CANCEL_TEXTS or all(word in _CANCEL for word in words))


def skips(text: str) -> bool:
    """Whether the whole message skips an optional question."""
    return text.strip() in {"-", "–"} or _bare(text) in _SKIP


def read_answer(
    question: Question, texts: Sequence[str], *, today: date, asked_again: bool = False
) -> "Reading | Misread":
    """The answer in the messages that a customer sent after a question.

    `texts`: messages of one burst, in order. They are read as one text; if that has no value, the last message that
    has one counts. `asked_again`: the question was repeated already, so an unknown city is accepted.
    """
    whole = ("\n" if question.kind in {"text", "address"} else " ").join(filter(None, map(clean, texts)))
    if question.optional and skips(whole):
        return Reading(None, "")
    found = _read(question, whole, today, asked_again)
    if isinstance(found, Reading) or len(texts) < 2:
        return found
    alone = (_read(question, clean(text), today, asked_again) for text in reversed(texts[-_MOST_PARTS:]))
    return next((reading for reading in alone if isinstance(reading, Reading)), found)


def _read(question: Question, text: str, today: date, asked_again: bool) -> "Reading | Misread":
    words = plain_words(text) if len(text) <= LONGEST_ANSWER else ()
    if not words:
        return "too_long" if len(text) > LONGEST_ANSWER else "empty" if text else "no_words"
    if question.kind in {"text", "address"}:
        return Reading(text, text)
    if len(text) > LONGEST_TYPED and question.kind != "choice":
        return "too_long"
    if question.kind == "choice":
        return _choices(question, text)
    return _READERS[question.kind](_Said(text, words, today, asked_again, question.text))


def _name(said: _Said) -> "Reading | Misread":
    name = tidy_name(without_words(said.text, _ABOUT_NAME | PARTICLES))[:LONGEST_TYPED]
    is_name = any(char.isalpha() for char in name) and "?" not in said.text and not _gives_no_name(said)
    return Reading(name, name) if is_name else "empty"


def _gives_no_name(said: _Said) -> bool:
    if len(said.words) == 1 or tuple(said.words[:2]) in _REFUSALS:
        return not _NO_NAME.isdisjoint(said.words)
    return not _NO_NAME.isdisjoint(word for typed, word in spelled_words(said.text) if typed not in _IN_NAMES)


def _birthday(said: _Said) -> "Reading | Misread":
    return _day(birthday_in(said.text, said.today))


def _date(said: _Said) -> "Reading | Misread":
    asks_time = not _TIME_WORDS.isdisjoint(plain_words(said.question))
    times: Times = "expected" if asks_time else "unlikely" if said.asked_again else "possible"
    return _day(day_in(said.text, said.today, times))


def _day(day: date | None) -> "Reading | Misread":
    return "not_a_date" if day is None else Reading(day.isoformat(), day.isoformat())


def _city(said: _Said) -> "Reading | Misread":
    bare = without_words(said.text, _ABOUT_CITY | PARTICLES)
    for candidate in (said.text, bare):
        found = parse_city(candidate)
        if found.known:
            return Reading(found.name, found.name)
    name = parse_city(bare).name
    is_name = name and len(name) <= 40 and not any(char.isdigit() or char == "?" for char in name)
    return Reading(name, name) if said.asked_again and is_name else "not_a_city"


def _gender(said: _Said) -> "Reading | Misread":
    whole = parse_gender(" ".join(said.words))
    found = {whole} if whole != "unknown" else {parse_gender(word) for word in said.words} - {"unknown"}
    gender = found.pop() if len(found) == 1 and _DENIALS.isdisjoint(said.words) else None
    return Reading(gender, gender) if gender else "not_a_gender"


def _email(said: _Said) -> "Reading | Misread":
    found = _EMAIL.search(said.text)
    return Reading(found[0].lower(), found[0].lower()) if found else "not_an_email"


def _number(said: _Said) -> "Reading | Misread":
    found = _NUMBER.findall(said.text.lower())
    if len(found) == 1:
        digits, factor = found[0]
        number = _parse_number(digits, _FACTORS.get(factor, 1))
        return "not_a_number" if number is None else Reading(number, str(number))
    spelled = {_NUMBER_WORDS[word] for word in said.words if word in _NUMBER_WORDS}
    if found or len(spelled) != 1 or _MULTIPLES.intersection(said.words):
        return "not_a_number"
    number = spelled.pop()
    return Reading(number, str(number))


def _parse_number(digits: str, factor: int) -> "int | float | None":
    plain = digits.rstrip(".,")
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0:
        whole, rest = plain[:last].replace(".", "").replace(",", ""), plain[last + 1 :]
        thousands = len(rest) == 3 and factor == 1
        plain = whole + rest if thousands else f"{whole}.{rest}"
    try:
        number = float(plain) * factor
    except ValueError:
        return None
    if abs(number) >= 10**15:
        return None
    return int(number) if number == int(number) else number


def _yes_no(said: _Said) -> "Reading | Misread":
    asks_back = said.words[-1] == "tidak" and not _YES_IN.isdisjoint(said.words[-2:-1])  # "boleh ga kak?"
    if asks_back or _UNSURE.intersection(said.words):
        return "not_yes_or_no"
    for candidate in (said.text, " ".join(said.words)):
        answer = parse_yes_no(candidate)
        if answer != "unknown":
            return Reading(answer == "yes", answer)
    said_no, asks = _NO_IN.intersection(said.words), _ASKS.intersection(said.words)
    if asks or not (said_no or _YES_IN.intersection(said.words)):
        return "not_yes_or_no"
    return Reading(not said_no, "no" if said_no else "yes")


_READERS: Mapping[str, Callable[[_Said], "Reading | Misread"]] = {
    "name": _name, "birthday": _birthday, "date": _date, "city": _city, "gender": _gender, "email": _email,
    "number": _number, "yes_no": _yes_no,
}  # fmt: skip


def _choices(question: Question, text: str) -> "Reading | Misread":
    parts = re.split(r"[,;&+/\n]| dan | sama ", text.lower()) if question.several else [text]
    if question.several and len(parts) == 1 and re.fullmatch(r"[0-9 ]+", text):
        parts = text.split()
    said = [part.strip() for part in parts if plain_words(part)]
    found = {number for part in said if (number := _choice(question.choices, part)) is not None}
    if not found or len(found) != len(set(said)) or (len(found) > 1 and not question.several):
        return "not_a_choice"
    chosen = ", ".join(question.choices[number] for number in sorted(found))
    return Reading(chosen, chosen)


def _choice(choices: Sequence[str], text: str) -> "int | None":
    """The number of the choice that a text names, counted from 0; None if it names none or two equally well."""
    words = {" ".join(plain_words(choice)): number for number, choice in enumerate(choices, start=1)}
    number = menu_number(text, len(choices), words)
    if number is not None:
        return number - 1
    literal = [number for number, choice in enumerate(choices) if clean(choice).lower() == clean(text).lower()]
    if literal:
        return literal[0]
    found = matches(text, index_phrases(Phrase(number, choice, order=number) for number, choice in enumerate(choices)))
    if found and found[0].closeness == Closeness.EXACT:
        return found[0].phrase.rule
    said = [f" {match.said} " for match in found]
    # "Biru" in "biru tua" is no second choice.
    named = [match for match in found if not any(f" {match.said} " != one and f" {match.said} " in one for one in said)]
    chosen = [match.phrase.rule for match in _not_denied(named, plain_words(text))]
    return chosen[0] if len(chosen) == 1 else None


def _not_denied(named: Sequence[Match], words: Sequence[str]) -> Iterator[Match]:
    """The matches without those right after a denial: "bukan L, M aja" names M."""
    end = 0
    for match in sorted(named, key=lambda match: match.start):
        if _DENIALS.isdisjoint(words[end : match.start]):
            yield match
        end = match.start + match.said.count(" ") + 1


def _bare(text: str) -> tuple[str, ...]:
    """The plain words of a short message without particles."""
    return tuple(word for word in plain_words(text[:LONGEST_TYPED]) if word not in PARTICLES)
