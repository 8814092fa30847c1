"""A number's profile picture: square and small, drawn anew, so that nothing of the file it came in is left."""

import threading
import warnings
from collections.abc import Callable
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
PHONE_SIDE = 1600
"""Pixels of a picture that somebody sends from a phone."""
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
    return _redrawn(data, least, _drawn)


def phone_jpeg(data: bytes) -> bytes:
    """A picture as a phone sends it: a JPEG of at most PHONE_SIDE pixels. Raises DomainError as `profile_jpeg`."""
    if len(data) > MAX_BYTES:
        raise DomainError(_("This file is too large: at most 10 MB."), code="too_large", field="picture")
    return _redrawn(data, 1, _whole)


def _redrawn(data: bytes, least: int, draw: Callable[[Image.Image], bytes]) -> bytes:
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's words on odd metadata: all of it is thrown away
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                _check(image, least)
                return draw(image)
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
    flat = _flat(image, 2 * SIDE)
    side = min(SIDE, *flat.size)
    return _saved(ImageOps.fit(flat, (side, side), Image.Resampling.LANCZOS))


def _whole(image: Image.Image) -> bytes:
    flat = _flat(image, PHONE_SIDE)
    flat.thumbnail((PHONE_SIDE, PHONE_SIDE), Image.Resampling.LANCZOS)
    return _saved(flat)


def _flat(image: Image.Image, draft: int) -> Image.Image:
    """Upright and on white; a JPEG is read at no more than it takes for `draft` pixels."""
    if image.format == "JPEG":
        image.draft("RGB", (draft, draft))
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        with_alpha = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha)
    return upright.convert("RGB")


def _saved(picture: Image.Image) -> bytes:
    clean = Image.new("RGB", picture.size, "white")  # `save` would take comments and profiles of the old one along
    clean.paste(picture)
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
