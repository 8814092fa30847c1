"""Prints QR codes of ways in: posters, table tents, cards, stickers and till strips as PDF, PNG and SVG.

`media` lays a sheet out once, in millimetres; `pdf`, `png` and `svg` draw it.
"""

from wabolt.optin.print_kit.content import Content
from wabolt.optin.print_kit.media import MEDIA, refusal, sheet
from wabolt.optin.print_kit.pdf import draw_pdf
from wabolt.optin.print_kit.png import draw_png
from wabolt.optin.print_kit.svg import draw_svg

FORMATS = {
    "pdf": (draw_pdf, "application/pdf"),
    "png": (draw_png, "image/png"),
    "svg": (draw_svg, "image/svg+xml"),
}
"""By the ending of the file: the function that draws a sheet, and the media type."""

__all__ = ["FORMATS", "MEDIA", "Content", "draw_pdf", "draw_png", "draw_svg", "refusal", "sheet"]
