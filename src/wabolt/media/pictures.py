"""A picture as it may leave the house: drawn anew, so that nothing of the file it came in is left but what it shows.

A phone writes into its pictures where they were taken; that is nobody's business but the owner's.
"""

import threading
from io import BytesIO
from typing import NamedTuple

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from wabolt.lib.errors import DomainError

MAX_SIDE = 2048
"""Pixels of the longer side: what WhatsApp itself makes of a picture is smaller still."""
MAX_PIXELS = 50_000_000
"""The largest photo that is opened. A JPEG is read at a fraction of its size, whatever else in full."""
MAX_PIXELS_IN_FULL = 25_000_000
QUALITY = 88
ONE_AT_A_TIME = threading.Lock()
"""A picture takes up to 100 MB while it is drawn: ten uploads at once take their time and not the machine's memory."""


class Picture(NamedTuple):
    """A JPEG without anything but its pixels."""

    data: bytes
    width: int
    height: int


def redraw(data: bytes) -> Picture:
    """The picture upright, in sRGB, on white where it was transparent, at most MAX_SIDE wide and high.

    Raises DomainError "too_many_pixels" or "broken".
    """
    with ONE_AT_A_TIME:
        try:
            with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
                _check_size(image)
                return _drawn(image)
        except DomainError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels() from error
        except Exception as error:  # whatever a hostile file makes of Pillow's many decoders
            message = _("This picture is broken and cannot be opened. Save it once more, or choose another one.")
            raise DomainError(message, code="broken", field="media") from error


def drawn_size(data: bytes) -> tuple[int, int]:
    """Width and height of a picture that was really decoded, a GIF included. Raises whatever the decoder raises, and
    ValueError for too many pixels."""
    with ONE_AT_A_TIME, Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (256, 256))
        image.load()
    return width, height


def _check_size(image: Image.Image) -> None:
    limit = MAX_PIXELS if image.format == "JPEG" else MAX_PIXELS_IN_FULL
    if image.width * image.height > limit:
        raise _too_many_pixels()


def _too_many_pixels() -> DomainError:
    message = _("This picture has far more pixels than a phone can show. Make it smaller, or send a screenshot of it.")
    return DomainError(message, code="too_many_pixels", field="media")


def _drawn(image: Image.Image) -> Picture:
    if image.format == "JPEG":
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    profile = image.info.get("icc_profile")
    image.load()
    upright = _upright(image)
    if upright.mode in {"P", "1"}:  # colours by number cannot be blended
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    flat = _in_srgb(_flat(upright), profile)
    out = BytesIO()
    # A fresh canvas: `save` would take comments and profiles of the old one along.
    clean = Image.new("RGB", flat.size, "white")
    clean.paste(flat)
    clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Picture(out.getvalue(), clean.width, clean.height)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - what a camera wrote beside the picture is no reason to refuse the picture
        return image


def _flat(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Colours of a phone with a wider range than others, as others show them; without a word when it cannot be."""
    if not isinstance(profile, bytes):
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return changed or image
