"""QR codes of ways in."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

from wabolt.optin.print_kit.shapes import QUIET_ZONE


def qr_svg(url: str) -> SafeString:
    """The code as SVG inside a page."""
    drawn: str = segno.make_qr(url, error="m").svg_inline(
        scale=4, border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by segno; the text becomes modules


def qr_file(url: str) -> bytes:
    """The code as an SVG file for print, with the error correction Q (a quarter may be lost)."""
    out = BytesIO()
    segno.make_qr(url, error="q").save(out, kind="svg", scale=10, border=QUIET_ZONE, dark="#000", light="#fff")
    return out.getvalue()
