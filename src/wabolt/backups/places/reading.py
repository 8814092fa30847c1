"""Reading a copy back from its place."""

import hashlib
from collections.abc import Callable

from wabolt.backups.places.errors import PlaceError
from wabolt.backups.places.folder import Folder
from wabolt.backups.places.s3 import S3

BLOCK = 1024 * 1024


def read_back(
    place: Folder | S3, name: str, size: int, sha256: str, progress: Callable[[int], None] = lambda _done: None
) -> None:
    """Reads the file `name` to its end and compares it with what was written: `size` in bytes and `sha256` in
    hexadecimal digits. A file that differs is deleted. `progress` gets the number of bytes so far.

    Raises PlaceError.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with place.open(name) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                done += len(block)
                progress(done)
    except OSError as error:
        raise PlaceError.of(error, place.where(name)) from error
    if (done, digest.hexdigest()) != (size, sha256):
        place.delete(name)
        raise PlaceError("copy_differs", place.where(name))
