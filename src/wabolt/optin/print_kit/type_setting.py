"""Sets text in Noto Sans: widths, line breaks, and the largest size that fits into a box. All lengths are in mm."""

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import wabolt.ui

FOLDER = Path(wabolt.ui.__file__).parent / "static" / "vendor" / "fonts"
FACES = {"regular": FOLDER / "NotoSans-Regular.ttf", "bold": FOLDER / "NotoSans-Bold.ttf"}
"""The font files, which the build copies out of an npm package (vendor.toml)."""
LINE = 1.25
"""Distance of two lines, as a multiple of the size."""
ASCENT = 0.95
"""Distance from the top of a line to its base line, as a multiple of the size."""
_STEP = 0.96


class Face:
    """A font: its characters, their widths and their outlines."""

    def __init__(self, path: Path) -> None:
        from fontTools.ttLib import TTFont  # takes 40 ms, which every start of a process would pay

        font = TTFont(path, lazy=True)
        self._names: dict[int, str] = font.getBestCmap()
        self._widths = font["hmtx"].metrics
        self._glyphs = font.getGlyphSet()
        self._outlines: dict[str, str] = {}
        self.units: int = font["head"].unitsPerEm

    def has(self, char: str) -> bool:
        """Returns whether the font can draw the character."""
        return ord(char) in self._names

    def advance(self, char: str) -> int:
        """The width of a character of the font, in font units."""
        return int(self._widths[self._names[ord(char)]][0])

    def width(self, text: str, size: float) -> float:
        """The width of a text of characters of the font."""
        return sum(map(self.advance, text)) * size / self.units

    def outline(self, char: str) -> str:
        """The path of a character as SVG, in font units with y upwards."""
        from fontTools.pens.svgPathPen import SVGPathPen

        if char not in self._outlines:
            pen = SVGPathPen(self._glyphs, ntos=lambda number: f"{number:g}")
            self._glyphs[self._names[ord(char)]].draw(pen)
            self._outlines[char] = pen.getCommands()
        return self._outlines[char]


@functools.cache
def face(name: str) -> Face:
    """The font "regular" or "bold". The first call in a process reads its file."""
    return Face(FACES[name])


def printable(text: str) -> str:
    """The text without characters that the fonts cannot draw, such as emoji; runs of white space become one space."""
    plain = unicodedata.normalize("NFC", text)
    fonts = [face(name) for name in FACES]
    drawable = "".join(
        " " if char.isspace() else char for char in plain if char.isspace() or all(font.has(char) for font in fonts)
    )
    return " ".join(drawable.split())


def loses_letters(text: str) -> bool:
    """Returns whether `printable` removes letters or digits, and not only emoji and other signs."""
    kept = printable(text)
    plain = unicodedata.normalize("NFC", text)
    return sum(map(str.isalnum, plain)) != sum(map(str.isalnum, kept))


@dataclass(frozen=True, slots=True)
class Setting:
    """A text set into a box: its lines, its size, and whether its end had to be left out."""

    lines: tuple[str, ...]
    size: float
    is_cut: bool = False

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LINE


def set_text(text: str, font: str, width: float, height: float, *, largest: float, smallest: float) -> Setting:
    """Sets a printable text with the largest size that fits into the box.

    Words that are wider than the box are broken. If the text does not fit with the smallest size, its end is replaced
    by "…".
    """
    size = largest
    while True:
        lines = _broken(text, face(font), size, width)
        room = int(height / (size * LINE) + 1e-9)
        if len(lines) <= room and not (size > smallest and _breaks_a_word(text, lines)):
            return Setting(tuple(lines), size)
        if size <= smallest:
            break
        size = max(size * _STEP, smallest)
    shown = lines[: max(room, 1)]
    if len(lines) > len(shown):
        while shown[-1] and face(font).width(f"{shown[-1]}…", size) > width:
            shown[-1] = shown[-1][:-1]
        shown[-1] += "…"
        return Setting(tuple(shown), size, is_cut=True)
    return Setting(tuple(shown), size)


def _broken(text: str, font: Face, size: float, width: float) -> list[str]:
    room = width * font.units / size
    space = font.advance(" ")
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        length = sum(map(font.advance, word))
        if line and used + space + length <= room:
            line, used = f"{line} {word}", used + space + length
            continue
        if line:
            lines.append(line)
        while length > room and len(word) > 1:
            head = _head(word, font, room)
            lines.append(word[:head])
            word = word[head:]
            length = sum(map(font.advance, word))
        line, used = word, length
    return [*lines, line] if line else lines


def _head(word: str, font: Face, room: float) -> int:
    """The number of characters of a word that fit into a line, at least one."""
    used = 0
    for at, char in enumerate(word):
        used += font.advance(char)
        if used > room and at:
            return at
    return len(word)


def _breaks_a_word(text: str, lines: list[str]) -> bool:
    return " ".join(lines) != " ".join(text.split())
