"""A printed sheet: faces with rectangles, lines of text and QR codes. All lengths are in mm, y grows downwards."""

from dataclasses import dataclass, field

import segno

from wabolt.lib.qr import QUIET_ZONE


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle. `colour`: #rrggbb."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. `x` is its left end and `y` its base line. `font`: "regular" or "bold"."""

    x: float
    y: float
    text: str
    font: str
    size: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code. `x`, `y` and `side` include the quiet zone."""

    x: float
    y: float
    side: float
    qr: segno.QRCode

    def matrix(self) -> list[list[bool]]:
        """The modules with the quiet zone; True is dark."""
        return [[bool(module) for module in row] for row in self.qr.matrix_iter(border=QUIET_ZONE)]

    def module(self) -> float:
        """The side of one module."""
        return self.side / (self.qr.symbol_size(border=0)[0] + 2 * QUIET_ZONE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A square picture. `data`: a JPEG (`pictures.square`)."""

    x: float
    y: float
    side: float
    data: bytes


Shape = Box | Line | Code | Picture


@dataclass(slots=True)
class Face:
    """A part of a sheet with coordinates of its own. `turned`: upside down on the sheet."""

    width: float
    height: float
    x: float = 0
    y: float = 0
    turned: bool = False
    shapes: list[Shape] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """One page. `cuts`: thin lines (x1, y1, x2, y2) to cut or fold along."""

    width: float
    height: float
    faces: list[Face]
    title: str
    cuts: list[tuple[float, float, float, float]] = field(default_factory=list)
