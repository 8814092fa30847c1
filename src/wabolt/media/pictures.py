"""Pictures that are sent: they are drawn again, so that nothing of the original file remains but the picture.

Phones write into a picture the place where it was taken. Customers must not get that.
"""

from django.utils.translation import gettext as _

from wabolt.lib.errors import DomainError
from wabolt.lib.pictures import Drawing, Picture, PictureError, draw

MAX_SIDE = 2048
"""Pixels of the longer side: WhatsApp itself shows less."""


def redraw(data: bytes, side: int = MAX_SIDE) -> Picture:
    """The picture as a JPEG: upright, in sRGB, on white where it was transparent, at most `side` wide and high.

    Raises DomainError "too_many_pixels" or "broken".
    """
    try:
        return draw(data, Drawing(side=side, quality=88, progressive=True))
    except PictureError as problem:
        if problem.code == "too_many_pixels":
            message = _(
                "This picture has far more pixels than a phone can show. Make it smaller, or send a screenshot of it."
            )
        else:
            message = _("This picture is broken and cannot be opened. Save it once more, or choose another one.")
        raise DomainError(message, code=problem.code, field="media") from problem
