"""Readable colours: WCAG's contrast ratios, and the nearest shade of a shop's colour that reaches them.

https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. A colour is "#rrggbb".
"""

import re
from dataclasses import dataclass

WHITE, INK, DARK_PAGE = "#ffffff", "#1a1a1a", "#1a1729"
ENOUGH = 4.5
"""Contrast of text of any size (WCAG 2.2, 1.4.3, level AA)."""
_STEPS = 50
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Palette:
    """The shades of a shop's colour on a page.

    `fill` with the text colour `on_fill` for buttons and headers; `on_light` and `on_dark` for text in the shop's
    colour on a white and on a dark page.
    """

    fill: str
    on_fill: str
    on_light: str
    on_dark: str


def palette(colour: str) -> Palette:
    """The shades of a colour. `fill` is the colour itself unless neither white nor ink is readable on it."""
    on_fill = text_on(colour)
    fill = colour if contrast(colour, on_fill) >= ENOUGH else _shaded(colour, INK, against=WHITE)
    return Palette(fill, text_on(fill), _shaded(colour, INK, against=WHITE), _shaded(colour, WHITE, against=DARK_PAGE))


def text_on(colour: str) -> str:
    """The text colour on this colour: white or ink, by the larger contrast."""
    return max((WHITE, INK), key=lambda text: contrast(colour, text))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _shaded(colour: str, towards: str, *, against: str) -> str:
    """The first mixture of the colour with `towards` that is readable against `against`."""
    mixtures = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((mixed for mixed in mixtures if contrast(mixed, against) >= ENOUGH), towards)


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(left + (right - left) * share):02x}" for left, right in parts)


def _channels(colour: str) -> list[int]:
    """Red, green and blue, 0 to 255. A stored text that is no colour is read as ink."""
    known = colour if _COLOUR.fullmatch(colour) else INK
    return [int(known[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    values = [value / 255 for value in _channels(colour)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
