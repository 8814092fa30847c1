"""A number's profile picture and the pictures of simulated phones: drawn anew, small, without metadata."""

from django.utils.translation import gettext as _

from wabolt.lib.errors import DomainError
from wabolt.lib.pictures import Drawing, PictureError, draw

SIDE = 640
"""Pixels: WhatsApp shows no more."""
MAX_BYTES = 10 * 1024 * 1024
MIN_SIDE = 192
"""Smaller ones look broken, and WhatsApp refuses them."""
QUALITY = 85
PHONE_SIDE = 1600
"""Pixels of a picture that somebody sends from a phone."""


def profile_jpeg(data: bytes, *, least: int = MIN_SIDE) -> bytes:
    """The middle of the picture as a square JPEG of at most SIDE pixels, upright, on white, without any metadata.
    `least`: pixels that its shorter side must have.

    Raises DomainError `too_large`, `too_small`, `too_many_pixels` or `broken` with the field "picture".
    """
    return _drawn(data, Drawing(side=SIDE, square=True, quality=QUALITY, min_side=least))


def phone_jpeg(data: bytes) -> bytes:
    """A picture as a phone sends it: a JPEG of at most PHONE_SIDE pixels. Raises DomainError as `profile_jpeg`."""
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
