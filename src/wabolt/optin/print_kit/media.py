"""The printed media and their layouts.

The side of a code is a tenth of the distance from which people scan it. Phones scan with about 1,500 pixels across
such a distance and need about 2.5 pixels per module, so a code has at most 57 modules (version 10). A longer message
loses its greeting: the code alone joins too. Error correction: Q (a quarter may be lost) where the print is touched,
taped over or bent, M indoors behind a counter or in a purse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import segno
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.lib.errors import DomainError
from wabolt.lib.qr import QUIET_ZONE
from wabolt.optin.print_kit.content import Content
from wabolt.optin.print_kit.shapes import Box, Code, Face, Line, Picture, Sheet
from wabolt.optin.print_kit.type_setting import ASCENT, LINE, face, set_text
from wabolt.optin.rules.colours import palette

MAX_MODULES = 57
STAMP = 0.34
"""The part of a code that the stamp of a sample covers, more than the error correction restores."""
_INK, _MUTED, _WARNING = "#1a1a1a", "#555555", "#b3261e"


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium. `distance`: mm from which people scan it. `error`: the level of error correction.

    `layout(content, code, medium)` returns the sheet.
    """

    key: str
    label: str | Promise
    size: str | Promise
    distance: int
    error: str
    layout: Callable[[Content, segno.QRCode, "Medium"], Sheet]


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle of a face that a text is set into, from the size `largest` down to `smallest`."""

    x: float
    y: float
    width: float
    height: float
    largest: float
    smallest: float
    bold: bool = False
    centred: bool = False


def sheet(medium: Medium, content: Content) -> Sheet:
    """Lays out a medium. Raises DomainError: `no_number`, `letters_missing`, `too_long`."""
    if not content.by_hand and not content.stamp:
        raise DomainError(_("The number is not linked yet, so the code leads nowhere."), code="no_number")
    if not content.consent_is_whole:
        raise DomainError(
            _("The text that people agree to has letters that cannot be printed."), code="letters_missing"
        )
    drawn = medium.layout(content, _qr(content, medium.error), medium)
    if content.stamp:
        for part in {id(part.shapes): part for part in drawn.faces}.values():
            _stamp(part, content.stamp)
    return drawn


def refusal(medium: Medium, content: Content) -> str:
    """The reason why the medium cannot be printed; "" if it can."""
    try:
        sheet(medium, content)
    except DomainError as problem:
        return str(problem)
    return ""


def _qr(content: Content, error: str) -> segno.QRCode:
    qr = _encoded(content.message.url, error)
    if qr.symbol_size(border=0)[0] <= MAX_MODULES:
        return qr
    return _encoded(content.short_message.url, error)


@lru_cache(maxsize=32)
def _encoded(text: str, error: str) -> segno.QRCode:
    """The code of a text. It takes 20 ms, and the media of a placement share two codes."""
    return segno.make_qr(text, error=error, boost_error=False)


def _side(qr: segno.QRCode, medium: Medium) -> float:
    """The side with the quiet zone: the modules alone are a tenth of the distance wide."""
    modules = qr.symbol_size(border=0)[0]
    return medium.distance / 10 * (modules + 2 * QUIET_ZONE) / modules


def _placement_code(part: Face, qr: segno.QRCode, medium: Medium, x: float, y: float, room: float) -> None:
    """Draws the code in the middle of a square."""
    side = _side(qr, medium)
    part.shapes.append(Code(x + (room - side) / 2, y + (room - side) / 2, side, qr))


def _write(part: Face, text: str, area: _Area, *, colour: str = _INK, must_fit: bool = False) -> None:
    """Sets a text into an area, vertically in its middle. Raises DomainError `too_long` if it `must_fit`."""
    font = "bold" if area.bold else "regular"
    setting = set_text(text, font, area.width, area.height, largest=area.largest, smallest=area.smallest)
    if setting.is_cut and must_fit:
        raise DomainError(
            _("The texts are too long for this size. Shorten them, or choose a larger size."), code="too_long"
        )
    top = area.y + max(0.0, (area.height - setting.height) / 2)
    for number, line in enumerate(setting.lines):
        width = face(font).width(line, setting.size)
        x = area.x + (area.width - width) / 2 if area.centred else area.x
        y = top + number * setting.size * LINE + setting.size * ASCENT
        part.shapes.append(Line(x, y, line, font, setting.size, width, colour))


def _stamp(part: Face, text: str) -> None:
    """Covers the middle of each code, so that no phone reads it."""
    for code in [shape for shape in part.shapes if isinstance(shape, Code)]:
        height = code.side * STAMP
        top = code.y + (code.side - height) / 2
        part.shapes.append(Box(code.x, top, code.side, height, _WARNING))
        area = _Area(code.x, top, code.side, height, height * 0.6, height * 0.2, bold=True, centred=True)
        _write(part, text, area, colour="#ffffff")


def _band(part: Face, content: Content, x: float, width: float, height: float, largest: float) -> None:
    """The shop's name on its colour, between its logo and its picture."""
    shades = palette(content.colour)
    part.shapes.append(Box(x, 0, width, height, shades.fill))
    margin = height / 6
    left, right = x + 2 * margin, x + width - 2 * margin
    if content.logo:
        side = height - 2 * margin
        part.shapes.append(Picture(x + margin, margin, side, content.logo))
        left = x + 2 * margin + side
    if content.picture:
        part.shapes.append(Picture(x + width - height, 0, height, content.picture))
        right = x + width - height - margin
    area = _Area(left, margin, right - left, height - 2 * margin, largest, largest / 4, bold=True, centred=True)
    _write(part, content.shop, area, colour=shades.on_fill)


def _steps(content: Content) -> str:
    return " · ".join(f"{number} {word}" for number, word in enumerate(content.steps, 1))


def _poster(content: Content, qr: segno.QRCode, medium: Medium) -> Sheet:
    part = Face(210, 297)
    _band(part, content, 0, 210, 46, 18)
    _write(part, content.offer, _Area(15, 50, 180, 36, 14, 5.5, bold=True, centred=True), must_fit=True)
    _placement_code(part, qr, medium, 30, 87, 150)
    _write(part, _steps(content), _Area(15, 238, 180, 11, 8, 3, bold=True, centred=True))
    _write(part, content.by_hand, _Area(15, 249, 180, 6, 4.5, 2.5, centred=True))
    _write(part, content.consent, _Area(15, 256, 180, 31, 4, 2.4, centred=True), must_fit=True)
    _write(part, content.placement, _Area(15, 289, 180, 4, 2.4, 1.6, centred=True), colour=_MUTED)
    return Sheet(210, 297, [part], content.shop)


def _table(content: Content, qr: segno.QRCode, medium: Medium) -> Sheet:
    """A4, folded in the middle: each side of the tent is an A5 face, and the upper one is upside down."""
    part = Face(210, 148.5)
    _band(part, content, 0, 210, 26, 12)
    _placement_code(part, qr, medium, 8, 31, 90)
    _write(part, content.by_hand, _Area(8, 122, 90, 8, 4, 2, centred=True))
    _write(part, content.offer, _Area(105, 31, 95, 40, 10, 4.5, bold=True), must_fit=True)
    for number, word in enumerate(content.steps, 1):
        _write(part, f"{number}  {word}", _Area(105, 65 + 8 * number, 95, 8, 5.5, 3, bold=True))
    _write(part, content.consent, _Area(105, 99, 95, 39, 3.6, 2.2), must_fit=True)
    _write(part, content.placement, _Area(8, 141, 192, 4, 2.4, 1.6, centred=True), colour=_MUTED)
    faces = [Face(210, 148.5, 0, y, turned=y == 0, shapes=part.shapes) for y in (0, 148.5)]
    return Sheet(210, 297, faces, content.shop, [(0, 148.5, 210, 148.5)])


def _card(content: Content, qr: segno.QRCode, medium: Medium) -> Sheet:
    part = Face(105, 148)
    _band(part, content, 0, 105, 20, 9)
    _write(part, content.offer, _Area(6, 22, 93, 20, 6.5, 3, bold=True, centred=True), must_fit=True)
    _placement_code(part, qr, medium, 21, 43, 63)
    _write(part, _steps(content), _Area(6, 106, 93, 6, 4.5, 2.5, bold=True, centred=True))
    _write(part, content.by_hand, _Area(6, 112, 93, 5, 3, 1.8, centred=True))
    _write(part, content.consent, _Area(6, 118, 93, 24, 2.8, 1.9, centred=True), must_fit=True)
    _write(part, content.placement, _Area(6, 143, 93, 3, 1.9, 1.5, centred=True), colour=_MUTED)
    return Sheet(105, 148, [part], content.shop)


def _stickers(content: Content, qr: segno.QRCode, medium: Medium) -> Sheet:
    """A4 with 21 labels of 70 x 42.4 mm, a usual format of label sheets."""
    width, height, columns, rows = 70.0, 297 / 7, 3, 7
    one = Face(width, height)
    _placement_code(one, qr, medium, 2, 3, 35.5)
    one.shapes.append(Box(38, 2.5, 1, height - 5, content.colour))
    left = 40.0
    if content.logo:
        one.shapes.append(Picture(left, 2.5, 7, content.logo))
        left += 8
    _write(one, content.shop, _Area(left, 2.5, 68 - left, 7, 3.6, 1.6, bold=True))
    _write(one, content.offer, _Area(40, 9.8, 28, 10, 3, 1.6, bold=True), must_fit=True)
    _write(one, _steps(content), _Area(40, 20, 28, 3, 2.2, 1.4, bold=True))
    _write(one, content.consent, _Area(40, 23.2, 28, 16.4, 2.2, 1.6), must_fit=True)
    _write(one, content.placement, _Area(2, 39.2, 35.5, 2.4, 1.6, 1.1, centred=True), colour=_MUTED)
    faces = [
        Face(width, height, column * width, row * height, shapes=one.shapes)
        for row in range(rows)
        for column in range(columns)
    ]
    cuts = [(column * width, 0.0, column * width, 297.0) for column in range(1, columns)]
    cuts += [(0.0, row * height, 210.0, row * height) for row in range(1, rows)]
    return Sheet(210, 297, faces, content.shop, cuts)


def _till(content: Content, qr: segno.QRCode, medium: Medium) -> Sheet:
    """A4 with three strips to cut."""
    strip = Face(210, 99)
    _band(strip, content, 100, 110, 22, 9)
    _placement_code(strip, qr, medium, 5, 5, 89)
    _write(strip, content.offer, _Area(100, 25, 104, 26, 8, 3.8, bold=True), must_fit=True)
    _write(strip, _steps(content), _Area(100, 52, 104, 7, 5, 2.5, bold=True))
    _write(strip, content.by_hand, _Area(100, 59, 104, 6, 3.6, 2), must_fit=True)
    _write(strip, content.consent, _Area(100, 66, 104, 24, 3.2, 2), must_fit=True)
    _write(strip, content.placement, _Area(100, 92, 104, 4, 2.2, 1.5), colour=_MUTED)
    faces = [Face(210, 99, 0, row * 99, shapes=strip.shapes) for row in range(3)]
    return Sheet(210, 297, faces, content.shop, [(0, row * 99, 210, row * 99) for row in (1, 2)])


_POSTER = (gettext_lazy("Poster"), gettext_lazy("A4, for the wall or the window"))
_TABLE = (gettext_lazy("Table tent"), gettext_lazy("A4, folded to A5"))
_CARD = (gettext_lazy("Card"), gettext_lazy("A6, to hand out"))
_STICKER = (gettext_lazy("Sticker on the packaging"), gettext_lazy("21 labels of 7 × 4.2 cm on A4"))
_TILL = (gettext_lazy("Till"), gettext_lazy("Three strips on A4"))
_ALL = (
    Medium("poster", *_POSTER, 1200, "q", _poster),
    Medium("table", *_TABLE, 700, "q", _table),
    Medium("card", *_CARD, 480, "m", _card),
    Medium("sticker", *_STICKER, 290, "q", _stickers),
    Medium("till", *_TILL, 700, "m", _till),
)
MEDIA = {medium.key: medium for medium in _ALL}
"""The media by key, which is the key of `Placement.Medium`."""
