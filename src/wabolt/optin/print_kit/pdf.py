"""Draws a sheet as PDF. Text stays text: the PDF embeds the characters of Noto Sans that it uses."""

from contextlib import nullcontext
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from wabolt.optin.print_kit.shapes import Box, Code, Face, Line, Picture, Sheet
from wabolt.optin.print_kit.type_setting import FACES

if TYPE_CHECKING:
    from fpdf import FPDF

_POINTS_PER_MM = 72 / 25.4
_PIXELS = 8
"""Pixels of the embedded image per module. A whole number, so that smoothing in a viewer leaves the modules sharp."""
_CUT = 170
_LAYOUT = ("GDEF", "GPOS", "GSUB")
"""Tables of a font that no PDF contains. To leave them out, fpdf2 reads them: a third of the time for a document."""


def draw_pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF of one page in its size."""
    from fpdf import FPDF  # takes 120 ms, which every start of a process would pay
    from fpdf.fonts import TTFFont

    pdf = FPDF(unit="mm", format=(sheet.width, sheet.height))
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_title(sheet.title)
    pdf.set_creator("WABolt")
    for name, path in FACES.items():
        pdf.add_font(name, fname=path)
    for font in pdf.fonts.values():
        assert isinstance(font, TTFFont)
        for unused in _LAYOUT:
            if unused in font.ttfont:
                del font.ttfont[unused]
    pdf.add_page()
    images: dict[int, Image.Image] = {}
    for face in sheet.faces:
        middle = (face.x + face.width / 2, face.y + face.height / 2)
        with pdf.rotation(180, *middle) if face.turned else nullcontext():
            _draw(pdf, face, images)
    pdf.set_draw_color(_CUT)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=2, gap=2)
    for cut in sheet.cuts:
        pdf.line(*cut)
    return bytes(pdf.output())


def _draw(pdf: "FPDF", face: Face, images: dict[int, Image.Image]) -> None:
    for shape in face.shapes:
        match shape:
            case Box():
                pdf.set_fill_color(shape.colour)
                pdf.rect(face.x + shape.x, face.y + shape.y, shape.width, shape.height, style="F")
            case Line():
                pdf.set_text_color(shape.colour)
                pdf.set_font(shape.font, size=shape.size * _POINTS_PER_MM)
                pdf.text(face.x + shape.x, face.y + shape.y, shape.text)
            case Picture():
                pdf.image(BytesIO(shape.data), face.x + shape.x, face.y + shape.y, shape.side, shape.side)
            case Code():
                image = images.setdefault(id(shape.qr), _image(shape))
                pdf.image(image, face.x + shape.x, face.y + shape.y, shape.side, shape.side)


def _image(code: Code) -> Image.Image:
    rows = code.matrix()
    small = Image.new("1", (len(rows), len(rows)))
    small.putdata([not dark for row in rows for dark in row])
    return small.resize((len(rows) * _PIXELS, len(rows) * _PIXELS), Image.Resampling.NEAREST)
