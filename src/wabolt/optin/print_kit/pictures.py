"""Square pictures for prints, from files that `media` has redrawn."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageOps

SIDE = 480
"""Pixels. At the width of a logo or a picture on paper, 25 to 46 mm, this is 260 dots per inch or more."""


@lru_cache(maxsize=64)
def square(data: bytes, *, whole: bool) -> bytes:
    """A square JPEG of a stored picture. `whole`: the whole picture on white, as for a logo; else its middle."""
    with Image.open(BytesIO(data), formats=["JPEG"]) as stored:
        picture = stored.convert("RGB")
    size = (SIDE, SIDE)
    drawn = ImageOps.pad(picture, size, color="#ffffff") if whole else ImageOps.fit(picture, size)
    out = BytesIO()
    drawn.save(out, "JPEG", quality=88)
    return out.getvalue()
