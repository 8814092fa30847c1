"""Ready-made files for tests of every room."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from wabolt.accounts.models import Workspace
from wabolt.lib.pictures import Picture
from wabolt.media.models import MediaFile
from wabolt.media.pictures import redraw
from wabolt.media.rules import tidy_name
from wabolt.media.services import Examined, keep_media, store_media


def picture_bytes(width: int = 60, height: int = 40, colour: str = "red", kind: str = "JPEG", **options: Any) -> bytes:
    """A picture of one colour, as a camera or a drawing program would write it."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind, **options)
    return out.getvalue()


PDF_BYTES = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def make_media(workspace: Workspace, data: bytes = b"", name: str = "batik.jpg") -> MediaFile:
    """A stored file: a red picture unless its bytes are given. That picture is drawn once."""
    if data:
        return store_media(workspace=workspace, data=data, name=name)
    drawn = _red()
    examined = Examined(MediaFile.Kind.IMAGE, "image/jpeg", "jpg", drawn.width, drawn.height)
    return keep_media(workspace=workspace, data=drawn.data, name=tidy_name(name, "jpg"), examined=examined)


@cache
def _red() -> Picture:
    return redraw(picture_bytes())


ISOLATION = {"file": lambda workspace: {"media_id": make_media(workspace).pk}}
