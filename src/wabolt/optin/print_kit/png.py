"""Draws a sheet as PNG, for a chat, a status or a screen. Modules of QR codes are whole pixels."""

import functools
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from wabolt.optin.print_kit.shapes import Box, Code, Face, Line, Picture, Sheet
from wabolt.optin.print_kit.type_setting import FACES

DOTS_PER_MM = 8
"""About 200 dots per inch."""
_CUT = (170, 170, 170)
_DASH = 2


def draw_png(sheet: Sheet) -> bytes:
    """The sheet with 8 pixels per mm."""
    image = Image.new("RGB", (_px(sheet.width), _px(sheet.height)), "white")
    drawn: dict[int, Image.Image] = {}
    for face in sheet.faces:
        part = drawn.get(id(face.shapes)) or drawn.setdefault(id(face.shapes), _draw(face))
        image.paste(part.transpose(Image.Transpose.ROTATE_180) if face.turned else part, (_px(face.x), _px(face.y)))
    pen = ImageDraw.Draw(image)
    for x1, y1, x2, y2 in sheet.cuts:
        length = max(x2 - x1, y2 - y1)
        for at in range(0, int(length), 2 * _DASH):
            end = min(at + _DASH, length)
            ends = (x1, y1 + at, x1, y1 + end) if x1 == x2 else (x1 + at, y1, x1 + end, y1)
            pen.line([_px(value) for value in ends], fill=_CUT, width=2)
    out = BytesIO()
    image.save(out, "PNG", dpi=(DOTS_PER_MM * 25.4, DOTS_PER_MM * 25.4), compress_level=2)
    return out.getvalue()


def _px(length: float) -> int:
    return round(length * DOTS_PER_MM)


@functools.lru_cache(maxsize=256)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FACES[name], size, layout_engine=ImageFont.Layout.BASIC)


def _draw(face: Face) -> Image.Image:
    image = Image.new("RGB", (_px(face.width), _px(face.height)), "white")
    pen = ImageDraw.Draw(image)
    for shape in face.shapes:
        match shape:
            case Box():
                right, bottom = _px(shape.x + shape.width) - 1, _px(shape.y + shape.height) - 1
                pen.rectangle([_px(shape.x), _px(shape.y), right, bottom], fill=shape.colour)
            case Line():
                font = _font(shape.font, max(1, int(shape.size * DOTS_PER_MM)))
                pen.text((_px(shape.x), _px(shape.y)), shape.text, fill=shape.colour, font=font, anchor="ls")
            case Picture():
                with Image.open(BytesIO(shape.data), formats=["JPEG"]) as stored:
                    side = _px(shape.side)
                    image.paste(stored.resize((side, side), Image.Resampling.LANCZOS), (_px(shape.x), _px(shape.y)))
            case Code():
                image.paste(_code(shape), (_px(shape.x), _px(shape.y)))
    return image


def _code(code: Code) -> Image.Image:
    rows = code.matrix()
    whole, side = len(rows), _px(code.side)
    small = Image.new("L", (whole, whole))
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    scaled = whole * max(1, side // whole)
    framed = Image.new("L", (max(side, scaled), max(side, scaled)), 255)
    edge = (framed.width - scaled) // 2
    framed.paste(small.resize((scaled, scaled), Image.Resampling.NEAREST), (edge, edge))
    return framed
