"""A number's profile picture: square and small, drawn anew, so that nothing of the file it came in is left."""

import threading
import warnings
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from wabolt.lib.errors import DomainError

SIDE = 640
"""Pixels: WhatsApp shows no more."""
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MIN_SIDE = 192
"""Smaller ones look broken, and WhatsApp refuses them."""
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
_ONE_AT_A_TIME = threading.Lock()
"""Drawing takes memory many times the file's size."""


def profile_jpeg(data: bytes, *, least: int = MIN_SIDE) -> bytes:
    """The middle of the picture as a square JPEG of at most SIDE pixels, upright, on white, without any metadata.
    `least`: pixels that its shorter side must have.

    Raises DomainError `too_large`, `too_small`, `too_many_pixels` or `broken` with the field "picture".
    """
    if len(data) > MAX_BYTES:
        raise DomainError(_("This file is too large: at most 10 MB."), code="too_large", field="picture")
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's words on odd metadata: all of it is thrown away
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                _check(image, least)
                return _drawn(image)
        except DomainError:
            raise
        except Image.DecompressionBombError:
            raise _too_many() from None
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:
            words = _("This is no picture that can be opened. Choose a JPG, PNG or WebP.")
            raise DomainError(words, code="broken", field="picture") from error


def _too_many() -> DomainError:
    words = _("This picture has far more pixels than a phone can show. Choose a smaller one.")
    return DomainError(words, code="too_many_pixels", field="picture")


def _check(image: Image.Image, least: int) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many()
    if min(image.size) < least:
        words = _("This picture is too small: at least %(side)s × %(side)s pixels.") % {"side": least}
        raise DomainError(words, code="too_small", field="picture")


def _drawn(image: Image.Image) -> bytes:
    if image.format == "JPEG":
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        with_alpha = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha)
    side = min(SIDE, *upright.size)
    square = ImageOps.fit(upright.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", square.size, "white")  # `save` would take comments and profiles of the old one along
    clean.paste(square)
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
