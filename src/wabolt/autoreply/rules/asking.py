"""Chat forms: questions, and the value that a customer's messages give as an answer. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.matching import Closeness, Phrase, index_phrases, matches, menu_number
from wabolt.lib.birthdays import FIRST_BIRTH, without_year
from wabolt.lib.chat_words import PARTICLES, word_set
from wabolt.lib.choices import parse_gender, parse_yes_no
from wabolt.lib.cities import parse_city
from wabolt.lib.dates import parse_date
from wabolt.lib.names import tidy_name
from wabolt.lib.refusal import Refusal
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

_CANCEL = word_set("batal batalkan cancel stop berhenti gajadi gakjadi nggakjadi")
_CANCEL_TEXTS = frozenset({("tidak", "jadi"), ("batal", "saja"), ("batal", "deh"), ("tidak", "usah"), ("batal", "ya")})
_SKIP = frozenset({("lewati",), ("lewat",), ("skip",), ("lanjut",), ("tidak", "ada"), ("kosong",), ("rahasia",)})
_EMAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![0-9a-z.,])(?:rp\.? ?)?(-?[0-9][0-9.,]{0,20})(?:,-)? ?(rb|ribu|k|jt|juta)?(?![0-9a-z])"
)
_FACTORS = {"rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split()  # noqa: SIM905
    )
} | {"sendiri": 1, "sendirian": 1, "berdua": 2, "bertiga": 3, "berempat": 4, "berlima": 5}
_BORN = word_set("tanggal tgl lahir lahirku lahirnya ulang tahun pada aku saya di ku")
_ABOUT_NAME = word_set("nama namaku saya aku adalah panggil panggilan itu dengan")
_ABOUT_CITY = word_set("kota di dari saya aku tinggal domisili daerah asal kabupaten sekarang")
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
    "empty", "too_long", "not_a_date", "not_a_city", "not_a_gender", "not_an_email", "not_a_number", "not_a_choice",
    "not_yes_or_no",
]  # fmt: skip
"""The reasons for which a text is no answer to a question."""


@dataclass(frozen=True, slots=True)
class _Said:
    """The text of an answer, its plain words, and what its meaning depends on."""

    text: str
    words: Sequence[str]
    today: date
    asked_again: bool


def cancels(text: str) -> bool:
    """Whether the whole message ends the chat form: "batal", "gak jadi deh"."""
    words = _bare(text)
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
        return "too_long" if len(text) > LONGEST_ANSWER else "empty"
    if question.kind in {"text", "address"}:
        return Reading(text, text)
    if len(text) > LONGEST_TYPED and question.kind != "choice":
        return "too_long"
    if question.kind == "choice":
        return _choices(question, text)
    return _READERS[question.kind](_Said(text, words, today, asked_again))


def _name(said: _Said) -> "Reading | Misread":
    name = tidy_name(_without(said.text, _ABOUT_NAME | PARTICLES))[:LONGEST_TYPED]
    return Reading(name, name) if any(char.isalpha() for char in name) and "?" not in said.text else "empty"


def _birthday(said: _Said) -> "Reading | Misread":
    text = _without(said.text, _BORN | PARTICLES)
    found = parse_date(text, not_before=FIRST_BIRTH, not_after=said.today)
    if isinstance(found, Refusal) and found.code == "no_year":
        tried = (parse_date(f"{text}{joint}2004") for joint in (" ", "/", "-"))
        found = next((without_year(day) for day in tried if not isinstance(day, Refusal)), found)
    return "not_a_date" if isinstance(found, Refusal) else Reading(found.isoformat(), found.isoformat())


def _date(said: _Said) -> "Reading | Misread":
    found = parse_date(_without(said.text, _BORN | PARTICLES))
    return "not_a_date" if isinstance(found, Refusal) else Reading(found.isoformat(), found.isoformat())


def _city(said: _Said) -> "Reading | Misread":
    bare = _without(said.text, _ABOUT_CITY | PARTICLES)
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
    gender = found.pop() if len(found) == 1 else None
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
    if found or len(spelled) != 1:
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
    for candidate in (said.text, " ".join(said.words)):
        answer = parse_yes_no(candidate)
        if answer != "unknown":
            return Reading(answer == "yes", answer)
    return "not_yes_or_no"


_READERS: Mapping[str, Callable[[_Said], "Reading | Misread"]] = {
    "name": _name, "birthday": _birthday, "date": _date, "city": _city, "gender": _gender, "email": _email,
    "number": _number, "yes_no": _yes_no,
}  # fmt: skip


def _choices(question: Question, text: str) -> "Reading | Misread":
    parts = re.split(r"[,;&+/\n]| dan ", text.lower()) if question.several else [text]
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
    return named[0].phrase.rule if len(named) == 1 else None


def _without(text: str, words: frozenset[str]) -> str:
    return " ".join(word for word in text.split() if word.strip(".,!:").lower() not in words)


def _bare(text: str) -> tuple[str, ...]:
    """The plain words of a short message without particles."""
    return tuple(word for word in plain_words(text[:LONGEST_TYPED]) if word not in PARTICLES)
