"""How a picture looks before it has loaded: its size, and a very small one that goes along in the message."""

from typing import NamedTuple

from wabolt.lib.pictures import PictureError, thumbnail

SIDE = 72
"""Pixels of the small picture's longer side, as WhatsApp's own apps make it."""


class Looks(NamedTuple):
    """Width and height of the picture in pixels, and the small JPEG."""

    width: int
    height: int
    thumbnail: bytes


def looks(data: bytes) -> Looks | None:
    """None for what cannot be drawn: the picture is sent without it then."""
    try:
        small = thumbnail(data, SIDE)
    except PictureError:
        return None
    return Looks(small.source_width, small.source_height, small.data)
