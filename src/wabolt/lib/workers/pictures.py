"""Redraws pictures, so that only their pixels remain of the file."""

import warnings
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, WebPImagePlugin

Drawn = tuple[dict[str, Any], bytes]

# Pillow imports its readers of all formats when it does not know one that it is asked for.
assert WebPImagePlugin

_SCANS = 20
"""Scans over the largest JPEG that are decoded; a smaller one may have more. Programs write about ten. A file of 240 KB
can repeat one of them for minutes."""
_SCAN = b"\xff\xda"
_JPEG = {"JPEG", "MPO"}
"""MPO: a JPEG with further pictures behind the first, as phones write it."""


def run(options: dict[str, Any], source: BinaryIO) -> Drawn:
    """Options: see `lib.pictures`. Facts: `width` and `height` of the result (or of the file if nothing is drawn), or
    `error`."""
    warnings.simplefilter("ignore")  # Pillow's warnings about odd metadata, which is dropped anyway
    Image.MAX_IMAGE_PIXELS = None  # `_refusal` checks the number of pixels before anything is decoded
    try:
        data = source.read()
        with Image.open(BytesIO(data), formats=options["formats"]) as image:
            if error := _refusal(image, data.count(_SCAN), options):
                return {"error": error}, b""
            return _measured(image) if options["task"] == "measure" else _drawn(image, options)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the many decoders of Pillow raise many kinds of errors over a hostile file
        return {"error": "broken"}, b""


def _refusal(image: Image.Image, scans: int, options: dict[str, Any]) -> str:
    # A JPEG is decoded at reduced size, every other format in full.
    is_jpeg = image.format in _JPEG
    pixels, limit = image.width * image.height, options["max_pixels_jpeg" if is_jpeg else "max_pixels"]
    if pixels > limit or (is_jpeg and pixels * scans > limit * _SCANS):
        return "too_many_pixels"
    return "too_small" if min(image.size) < options["min_side"] else ""


def _measured(image: Image.Image) -> Drawn:
    """Returns width and height of a picture that can be decoded."""
    width, height = image.size
    image.draft("RGB", (256, 256))
    image.load()
    return {"width": width, "height": height}, b""


def _drawn(image: Image.Image, options: dict[str, Any]) -> Drawn:
    side, width, height = options["side"], image.width, image.height
    if image.format in _JPEG:
        image.draft("RGB", (2 * side, 2 * side) if options["square"] else (side, side))
    profile = image.info.get("icc_profile")
    image.load()
    upright = _upright(image)
    if upright.mode in {"P", "1"}:  # palette colours cannot be blended
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if options["square"]:
        from PIL import ImageOps

        edge = min(side, *upright.size)
        upright = ImageOps.fit(upright, (edge, edge), Image.Resampling.LANCZOS)
    else:
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    flat = _in_srgb(_flat(upright), profile)
    clean = Image.new("RGB", flat.size, "white")  # `save` would copy comments and profiles of the original
    clean.paste(flat)
    out = BytesIO()
    clean.save(out, "JPEG", quality=options["quality"], optimize=True, progressive=options["progressive"])
    facts = {"width": clean.width, "height": clean.height, "source_width": width, "source_height": height}
    return facts, out.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse the picture
        return image


def _flat(image: Image.Image) -> Image.Image:
    """Draws a transparent picture on white."""
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha).convert("RGB")
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Converts the colours to sRGB. A picture with an unusable profile is unchanged."""
    if not isinstance(profile, bytes):
        return image
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return changed or image
