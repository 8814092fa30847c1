"""Stores the list of erased people next to the backups."""

from pathlib import Path

from django.conf import settings

from wabolt.backups import queries
from wabolt.backups.places import Folder, PlaceError
from wabolt.backups.rules import erasure_list_name
from wabolt.backups.services.settings import ensure_settings


def store_erasure_list(*, content: bytes) -> list[PlaceError]:
    """Writes the list of erased people into every place for backups. Returns the errors of places that did not take
    it."""
    row, errors = ensure_settings(), []
    for key in queries.wanted_places(row):
        try:
            place = queries.place_of(row, key)
            if isinstance(place, Folder):
                if place.path == Path(settings.BACKUP_FOLDER):
                    place.claim()
                place.check()
            place.put(erasure_list_name(row.mark), content)
        except PlaceError as error:
            errors.append(error)
    return errors
