"""QR codes of ways in."""

from functools import lru_cache
from io import BytesIO

import segno

from wabolt.lib.qr import QUIET_ZONE, qr_svg

__all__ = ["qr_file", "qr_image", "qr_svg"]


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
