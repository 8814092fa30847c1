"""The files of a lane's messages: read once per batch, with a limit on memory."""

from wabolt.channels.registry import Media
from wabolt.media.models import MediaFile

ROOM = 32 * 1024 * 1024
"""Maximum of bytes of different files in one batch. One file always fits; messages with further files wait for the next
batch."""


class Files:
    """The files of this batch and of the batch before. A file that every batch uses, such as a broadcast's picture, is
    read once."""

    def __init__(self) -> None:
        self._now: dict[int, Media] = {}
        self._before: dict[int, Media] = {}
        self._taken = 0

    def next_batch(self) -> None:
        """Drops the files that the last batch did not use."""
        if self._now or self._before:
            self._before, self._now, self._taken = self._now, {}, 0

    def has_room(self, media_id: int) -> bool:
        """Reads the file unless it is in memory; returns False if the batch is full."""
        if media_id in self._now:
            return True
        found = self._before.get(media_id)
        if self._now:
            size = len(found.data) if found else MediaFile.objects.values_list("size", flat=True).get(pk=media_id)
            if self._taken + size > ROOM:
                return False
        media = found or _read(media_id)
        self._now[media_id] = media
        self._taken += len(media.data)
        return True

    def get(self, media_id: int) -> Media:
        """A file for which `has_room` returned True."""
        return self._now[media_id]


def _read(media_id: int) -> Media:
    file = MediaFile.objects.get(pk=media_id)
    return Media(file.kind, file.mime_type, bytes(file.data), file.name, file.sha256)
