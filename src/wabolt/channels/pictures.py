"""Profile pictures and pictures of simulated phones: re-encoded, reduced, without metadata."""

from django.utils.translation import gettext as _

from wabolt.lib.errors import DomainError
from wabolt.lib.pictures import Drawing, PictureError, draw

SIDE = 640
"""Side of a profile picture in pixels. WhatsApp shows no more."""
MAX_BYTES = 10 * 1024 * 1024
MIN_SIDE = 192
"""Smallest accepted side in pixels. WhatsApp refuses smaller pictures."""
QUALITY = 85
PHONE_SIDE = 1600
"""Longest side in pixels of a picture that a simulated phone sends."""


def profile_jpeg(data: bytes, *, least: int = MIN_SIDE) -> bytes:
    """Returns the centre of the picture as a square JPEG of at most SIDE pixels, upright, on white, without metadata.

    `least`: smallest accepted length of its shorter side in pixels. Raises DomainError `too_large`, `too_small`,
    `too_many_pixels` or `broken` with the field "picture".
    """
    return _drawn(data, Drawing(side=SIDE, square=True, quality=QUALITY, min_side=least))


def phone_jpeg(data: bytes) -> bytes:
    """Returns the whole picture as a JPEG of at most PHONE_SIDE pixels. Raises DomainError as `profile_jpeg` does."""
    return _drawn(data, Drawing(side=PHONE_SIDE, quality=QUALITY))


def _drawn(data: bytes, drawing: Drawing) -> bytes:
    if len(data) > MAX_BYTES:
        raise DomainError(_("This file is too large: at most 10 MB."), code="too_large", field="picture")
    try:
        return draw(data, drawing).data
    except PictureError as problem:
        messages = {
            "too_many_pixels": _("This picture has far more pixels than a phone can show. Choose a smaller one."),
            "too_small": _("This picture is too small: at least %(side)s × %(side)s pixels.")
            % {"side": drawing.min_side},
            "broken": _("This is no picture that can be opened. Choose a JPG, PNG or WebP."),
        }
        raise DomainError(messages[problem.code], code=problem.code, field="picture") from problem
