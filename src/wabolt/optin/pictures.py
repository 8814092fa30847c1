"""QR codes of ways in."""

from functools import lru_cache
from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

from wabolt.optin.print_kit.shapes import QUIET_ZONE


@lru_cache(maxsize=1024)
def qr_svg(url: str) -> SafeString:
    """The code as SVG inside a page."""
    drawn: str = segno.make_qr(url, error="m").svg_inline(
        scale=4, border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by segno; the text becomes modules


@lru_cache(maxsize=1024)
def qr_image(url: str) -> bytes:
    """The code as an SVG image for a screen, with the error correction M."""
    out = BytesIO()
    qr = segno.make_qr(url, error="m")
    qr.save(out, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True)
    return out.getvalue()


def qr_file(url: str) -> bytes:
    """The code as an SVG file for print, with the error correction Q (a quarter may be lost)."""
    out = BytesIO()
    segno.make_qr(url, error="q").save(out, kind="svg", scale=10, border=QUIET_ZONE, dark="#000", light="#fff")
    return out.getvalue()
