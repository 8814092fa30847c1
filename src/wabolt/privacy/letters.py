"""Draws letters and copies of data as PDF, with the fonts of the program. A character that they lack is left out."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import wabolt.ui

_FONTS = Path(wabolt.ui.__file__).parent / "static" / "vendor" / "fonts"
_WIDTH, _MARGIN = 210, 20
_LONGEST_WORD = 60
"""Characters. A longer word, such as a link, is broken inside."""


class Paper:
    """A document of A4 pages."""

    def __init__(self, title: str) -> None:
        from fpdf import FPDF  # takes 120 ms, which every start of a process would pay

        self._pdf = FPDF(unit="mm", format="A4")
        self._pdf.set_margin(_MARGIN)
        self._pdf.set_auto_page_break(True, margin=_MARGIN)
        self._pdf.set_title(title)
        self._pdf.set_creator("WABolt")
        self._pdf.add_font("noto", "", _FONTS / "NotoSans-Regular.ttf")
        self._pdf.add_font("noto", "B", _FONTS / "NotoSans-Bold.ttf")
        self._pdf.add_page()

    def heading(self, text: str, size: float = 13) -> None:
        """A bold line with space above it."""
        self._pdf.ln(3)
        self._write(text, "B", size)

    def lines(self, lines: Iterable[str], size: float = 10) -> None:
        """Paragraphs; long ones are broken into lines."""
        for line in lines:
            for part in line.splitlines() or [""]:
                self._write(part, "", size)

    def gap(self, height: float = 4) -> None:
        """Empty space of this height in mm."""
        self._pdf.ln(height)

    def finish(self) -> bytes:
        """The document as PDF."""
        return bytes(self._pdf.output())

    def _write(self, text: str, style: str, size: float) -> None:
        from fpdf.enums import WrapMode

        self._pdf.set_font("noto", style, size)
        known = _characters("Bold" if style else "Regular")
        clean = "".join(char for char in text if ord(char) in known).strip()
        if not clean:
            self._pdf.ln(size * 0.3)
            return
        wrap = WrapMode.CHAR if max(map(len, clean.split())) > _LONGEST_WORD else WrapMode.WORD
        self._pdf.multi_cell(
            _WIDTH - 2 * _MARGIN, size * 0.5, clean, new_x="LMARGIN", new_y="NEXT", align="L", wrapmode=wrap
        )


@lru_cache(maxsize=2)
def _characters(face: str) -> frozenset[int]:
    """The code points that the font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(_FONTS / f"NotoSans-{face}.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())
