"""How a picture looks before it has loaded: its size, and a very small one of it that goes along in the message."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image

SIDE = 72
"""Pixels of the small picture's longer side, as WhatsApp's own apps make it."""


class Looks(NamedTuple):
    """Width and height of the picture in pixels, and the small JPEG."""

    width: int
    height: int
    thumbnail: bytes


def looks(data: bytes) -> Looks | None:
    """None for what cannot be drawn: the picture goes out without it then."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as image:
            width, height = image.size
            image.draft("RGB", (SIDE, SIDE))
            small = image.convert("RGB")
        small.thumbnail((SIDE, SIDE))
        out = BytesIO()
        small.save(out, "JPEG", quality=60)
    except Exception:  # noqa: BLE001 - whatever a file makes of Pillow's decoders, the sending goes on
        return None
    return Looks(width, height, out.getvalue())
