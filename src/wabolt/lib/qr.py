"""QR codes inside pages."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 4
"""Light modules around a code, as ISO/IEC 18004 requires."""


@lru_cache(maxsize=1024)
def qr_svg(url: str) -> SafeString:
    """The code of an address as SVG inside a page."""
    drawn: str = segno.make_qr(url, error="m").svg_inline(
        scale=4, border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by segno; the text becomes modules
