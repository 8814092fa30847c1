"""The picture that chats and social networks show with the link of a public page (Open Graph, 1200 x 630 pixels)."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from wabolt.optin.print_kit.type_setting import ASCENT, FACES, LINE, printable, set_text
from wabolt.optin.rules.colours import INK, palette

WIDTH, HEIGHT = 1200, 630
_EDGE, _LOGO = 80, 120


@lru_cache(maxsize=64)
def draw_share_picture(shop: str, headline: str, incentive: str, colour: str, logo: bytes = b"") -> bytes:
    """A PNG with the shop's name, the headline and the incentive on the shop's colour.

    `logo`: a JPEG that `media` has redrawn; b"" for none. Letters that the fonts do not have are left out.
    """
    shades = palette(colour)
    image = Image.new("RGB", (WIDTH, HEIGHT), shades.fill)
    pen = ImageDraw.Draw(image)
    left = _EDGE
    if logo:
        image.paste(_round(logo), (_EDGE, _EDGE), _mask())
        left += _LOGO + 32
    _write(pen, printable(shop), (left, _EDGE, WIDTH - _EDGE - left, _LOGO), (52, 30), shades.on_fill)
    bottom = HEIGHT - _EDGE - (150 if incentive else 0)
    _write(pen, printable(headline), (_EDGE, 220, WIDTH - 2 * _EDGE, bottom - 240), (92, 44), shades.on_fill)
    if incentive:
        pen.rounded_rectangle((_EDGE, HEIGHT - _EDGE - 130, WIDTH - _EDGE, HEIGHT - _EDGE), 24, fill="#ffffff")
        area = (_EDGE + 36, HEIGHT - _EDGE - 120, WIDTH - 2 * _EDGE - 72, 110)
        _write(pen, printable(incentive), area, (48, 26), INK)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _write(
    pen: ImageDraw.ImageDraw, text: str, area: tuple[int, int, int, int], sizes: tuple[int, int], colour: str
) -> None:
    """Sets a text in bold into an area (x, y, width, height), vertically in its middle."""
    x, y, width, height = area
    setting = set_text(text, "bold", width, height, largest=sizes[0], smallest=sizes[1])
    top = y + max(0.0, (height - setting.height) / 2)
    font = ImageFont.truetype(FACES["bold"], int(setting.size), layout_engine=ImageFont.Layout.BASIC)
    for number, line in enumerate(setting.lines):
        base = top + number * setting.size * LINE + setting.size * ASCENT
        pen.text((x, base), line, fill=colour, font=font, anchor="ls")


def _round(logo: bytes) -> Image.Image:
    with Image.open(BytesIO(logo), formats=["JPEG"]) as stored:
        square = Image.new("RGB", (_LOGO, _LOGO), "#ffffff")
        stored.thumbnail((_LOGO, _LOGO))
        square.paste(stored.convert("RGB"), ((_LOGO - stored.width) // 2, (_LOGO - stored.height) // 2))
        return square


def _mask() -> Image.Image:
    mask = Image.new("L", (_LOGO, _LOGO), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, _LOGO - 1, _LOGO - 1), 24, fill=255)
    return mask
