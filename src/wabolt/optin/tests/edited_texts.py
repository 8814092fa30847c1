"""Prefilled messages as people change them, and a count of the messages that would credit a wrong entry point."""

import random
from collections.abc import Iterator, Sequence

from wabolt.lib.random_codes import ALPHABET
from wabolt.optin.rules.codes import codes_in, edit_distance, make_code, survives_an_error

GREETINGS = (
    "Halo Gaya Nusantara, saya mau gabung. #{}",
    "Halo, saya mau gabung. Kode #{} ya kak",
    "JOIN {} 🙏",
    "{}",
    "kak ini kode promo2 saya {} dari meja 12, terima kasih",
    "Mau diskon 10% dong, kodenya: {}. WA saya 08123456789",
)
_CHARS = f"{ALPHABET}{ALPHABET.lower()}0O1Il -.!#\n🙏"


def far_apart(draw: random.Random, count: int, length: int = 4) -> list[str]:
    """Codes that differ from each other in at least three edits, as `add_placement` makes them."""
    known: list[str] = []
    while len(known) < count:
        code = make_code("".join(draw.choices(ALPHABET, k=length)))
        if survives_an_error(code) and all(edit_distance(code, other) > 2 for other in known):
            known.append(code)
    return known


def edited(draw: random.Random, code: str, most: int) -> str:
    """A greeting with the code and up to `most` edits, of which half are in the code itself."""
    written = code if draw.random() < 0.7 else code.lower()
    if draw.random() < 0.2:
        cut = draw.randrange(1, len(code))
        written = written[:cut] + draw.choice([" ", "-", ". "]) + written[cut:]
    before, _place, after = draw.choice(GREETINGS).partition("{}")
    parts = [list(before), list(written), list(after)]
    for _edit in range(draw.randint(0, most)):
        part = parts[1] if draw.random() < 0.5 else parts[draw.choice((0, 2))]
        at = draw.randrange(len(part) + 1)
        match draw.choice(("replace", "remove", "add", "exchange")):
            case "replace":
                part[at : at + 1] = [draw.choice(_CHARS)]
            case "remove":
                del part[at : at + 1]
            case "add":
                part.insert(at, draw.choice(_CHARS))
            case _:
                part[at : at + 2] = part[at : at + 2][::-1]
    return "".join("".join(part) for part in parts)


def wrong_credits(draw: random.Random, known: Sequence[str], count: int, most: int) -> Iterator[tuple[str, str, str]]:
    """Yields (code, text, wrong code) for each of `count` edited texts that holds the code of another entry point."""
    points = set(known)
    for _text in range(count):
        code = draw.choice(known)
        text = edited(draw, code, most)
        for found in codes_in(text):
            if found != code and found in points:
                yield code, text, found
