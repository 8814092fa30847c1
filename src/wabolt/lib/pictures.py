"""Measures pictures from outside or redraws them, in a process with limits.

A phone writes the place into its pictures. A redrawn picture contains only pixels.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wabolt.lib.limited import LimitExceededError, OpeningFailedError, ProcessLimits, run_limited

MAX_PIXELS = 25_000_000
"""The largest picture that is decoded in full."""
MAX_PIXELS_JPEG = 50_000_000
"""The largest JPEG: it is decoded at a fraction of its size."""
DRAWABLE = ("JPEG", "PNG", "WEBP")
_LIMITS = ProcessLimits(memory=640 * 1024**2, seconds=20, output=32 * 1024**2)


class PictureError(Exception):
    """`code`: "too_many_pixels", "too_small" or "broken" (also: no picture at all)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with nothing but pixels. `source_width` and `source_height`: of the file it was drawn from."""

    data: bytes
    width: int
    height: int
    source_width: int
    source_height: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The options of a drawing: `side` is the longest side in pixels, `square` crops to the middle, `min_side` is the
    shortest side that the file must have."""

    side: int
    square: bool = False
    quality: int = 88
    progressive: bool = False
    min_side: int = 1


def draw(data: bytes, drawing: Drawing) -> Picture:
    """The picture upright, in sRGB, on white where it was transparent. Raises PictureError."""
    facts, drawn = _run(
        data, DRAWABLE, task="draw", side=drawing.side, square=drawing.square, quality=drawing.quality,
        progressive=drawing.progressive, min_side=drawing.min_side,
    )  # fmt: skip
    return Picture(drawn, facts["width"], facts["height"], facts["source_width"], facts["source_height"])


@lru_cache(maxsize=8)
def thumbnail(data: bytes, side: int) -> Picture:
    """A very small JPEG of a picture. Remembered, because one picture goes to many people. Raises PictureError."""
    return draw(data, Drawing(side=side, quality=60))


def measure(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, PNG, WebP or GIF that can be decoded. Raises PictureError."""
    facts, _nothing = _run(data, (*DRAWABLE, "GIF"), task="measure", min_side=1)
    return facts["width"], facts["height"]


def _run(data: bytes, formats: tuple[str, ...], **options: Any) -> tuple[dict[str, Any], bytes]:
    options |= {"formats": formats, "max_pixels": MAX_PIXELS, "max_pixels_jpeg": MAX_PIXELS_JPEG}
    try:
        answer = run_limited("pictures", options, data=data, limits=_LIMITS)
    except LimitExceededError:
        raise PictureError("too_many_pixels") from None
    except OpeningFailedError:
        raise PictureError("broken") from None
    if error := answer.facts.get("error"):
        raise PictureError(error)
    return answer.facts, answer.data
