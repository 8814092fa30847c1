"""The places where copies of backups are kept: a folder, and S3-compatible storage.

Both places raise `PlaceError`, whose code `wabolt.backups.words` puts into a sentence. No Django here.
"""

from wabolt.backups.places.errors import PlaceError
from wabolt.backups.places.folder import Folder, removable_folders
from wabolt.backups.places.reading import read_back
from wabolt.backups.places.s3 import BACKGROUND, INTERACTIVE, S3, S3Config, Timeouts, parse_s3_url

Place = Folder | S3

__all__ = [
    "BACKGROUND",
    "INTERACTIVE",
    "S3",
    "Folder",
    "Place",
    "PlaceError",
    "S3Config",
    "Timeouts",
    "parse_s3_url",
    "read_back",
    "removable_folders",
]
