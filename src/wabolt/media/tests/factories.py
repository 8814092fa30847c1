"""Ready-made files for tests of every room."""

from io import BytesIO
from typing import Any

from PIL import Image

from wabolt.accounts.models import Workspace
from wabolt.media.models import MediaFile
from wabolt.media.services import store_media


def picture_bytes(width: int = 60, height: int = 40, colour: str = "red", kind: str = "JPEG", **options: Any) -> bytes:
    """A picture of one colour, as a camera or a drawing program would write it."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind, **options)
    return out.getvalue()


PDF_BYTES = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def make_media(workspace: Workspace, data: bytes = b"", name: str = "batik.jpg") -> MediaFile:
    """A stored file: a red picture unless its bytes are given."""
    return store_media(workspace=workspace, data=data or picture_bytes(), name=name)


ISOLATION = {"file": lambda workspace: {"media_id": make_media(workspace).pk}}
