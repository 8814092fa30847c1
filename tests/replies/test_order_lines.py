"""The order of all that can answer a message, with chat lines that customers write."""

from pathlib import Path
from typing import NamedTuple

from wabolt.autoreply.rules.choosing import RuleConditions, Situation
from wabolt.autoreply.rules.deciding import MenuLine, Told, decide
from wabolt.autoreply.tests.test_chat_lines import INDEX, RULES
from wabolt.consent.rules.words import START_WORDS, STOP_WORDS, meaning_of
from wabolt.lib.text import normalise_keyword
from wabolt.messaging.inbound.rules import typed_text
from wabolt.optin.rules.codes import codes_in

NAMES = list(RULES)
CONDITIONS = {number: RuleConditions(number, True, "always", None, None) for number in range(len(NAMES))}
SITUATION = Situation(1, is_open=True, weekday=0, in_segment=lambda _segment: True)
MENU = [MenuLine("Daftar harga", NAMES.index("price")), MenuLine("Jam buka", NAMES.index("hours")),
        MenuLine("Ongkir", NAMES.index("delivery"))]  # fmt: skip
FILES = ("order_lines.txt", "hard_lines.txt", "blind_lines.txt", "fresh_lines.txt", "second_lines.txt")
STOP, START = (frozenset(map(normalise_keyword, words)) for words in (STOP_WORDS, START_WORDS))


class Line(NamedTuple):
    """A line of the table. `around`: the words in brackets in front of the text."""

    text: str
    around: frozenset[str]
    winner: str


def read(line: str) -> Line:
    said, winner = line.rsplit("=>", 1)
    around = []
    while said.startswith("["):
        word, said = said[1:].split("]", 1)
        around.append(word)
        said = said.removeprefix(" ")
    return Line(said.removesuffix(" ").replace("|", "\n"), frozenset(around), winner.strip())


def lines(*files: str) -> list[Line]:
    texts = [(Path(__file__).parent / name).read_text(encoding="utf-8") for name in files]
    return [read(line) for text in texts for line in text.splitlines() if line and not line.startswith("#")]


LINES = lines(*FILES)
OPEN = lines("open_lines.txt")
"""Lines that are still misread, with the winner that a shop would want."""


def winner_of(line: Line) -> str:
    told = Told(
        keyword=meaning_of(line.text, STOP, START, "Gaya Nusantara"),
        has_code=bool(codes_in(line.text)),
        in_form="form" in line.around,
        menu=MENU if "menu" in line.around else (),
        away="closed" in line.around,
    )
    found = decide(typed_text(line.text), INDEX, CONDITIONS, SITUATION, told)
    name = NAMES[found.rule] if found.rule is not None else ""
    return {"rule": name, "menu": f"menu:{name}", "none": "-"}.get(found.winner, found.winner)


def test_there_are_enough_lines() -> None:
    every = [*LINES, *OPEN]
    assert len(every) >= 1_000
    assert len({(line.text, line.around) for line in every}) == len(every)


def test_winner() -> None:
    found = [(line.text, winner_of(line), line.winner) for line in LINES]
    assert [one for one in found if one[1] != one[2]] == []


def test_an_open_line_is_still_misread() -> None:
    """A line that is read now belongs into its table."""
    assert [line.text for line in OPEN if winner_of(line) == line.winner] == []


def test_no_wish_to_stop_goes_by_and_no_other_line_unsubscribes() -> None:
    """A line with a wish to stop is read as "stop" or "doubt", and only such a line is read as "stop".

    `test_winner` proves this for its tables. An open line that breaks it fails only here.
    """
    read_as = [(line, winner_of(line)) for line in (*LINES, *OPEN)]
    held = {"stop", "doubt"}
    assert [line.text for line, winner in read_as if line.winner in held and winner not in held] == []
    assert [line.text for line, winner in read_as if winner == "stop" and line.winner not in held] == []
