"""Size and thumbnail of a picture, which a phone shows until the picture is loaded."""

from typing import NamedTuple

from wabolt.lib.pictures import PictureError, thumbnail

SIDE = 72
"""Longest side of the thumbnail in pixels, as in WhatsApp's own apps."""


class Looks(NamedTuple):
    """Width and height of the picture in pixels, and its thumbnail as JPEG."""

    width: int
    height: int
    thumbnail: bytes


def looks(data: bytes) -> Looks | None:
    """Returns size and thumbnail of a picture; None if it cannot be decoded. It is then sent without a thumbnail."""
    try:
        small = thumbnail(data, SIDE)
    except PictureError:
        return None
    return Looks(small.source_width, small.source_height, small.data)
