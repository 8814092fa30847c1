"""Lists the names in a ZIP archive."""

import zipfile
from io import BytesIO
from typing import Any, BinaryIO


def run(options: dict[str, Any], source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Facts: `names` of at most `most` members, or `error`. Nothing is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(source.read())) as archive:
            return {"names": archive.namelist()[: options["most"]]}, b""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return {"error": "damaged"}, b""
