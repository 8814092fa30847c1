"""The bytes that a lane's messages carry: read once for all messages of a batch, and never too many at a time."""

from wabolt.channels.registry import Media
from wabolt.media.models import MediaFile

ROOM = 32 * 1024 * 1024
"""Bytes of different files in one batch. One file always fits; the messages of the next one wait for the next turn."""


class Files:
    """What one lane holds in memory: the files of this batch, and those of the batch before until it is clear that
    nobody needs them again. A broadcast's picture so stays in place from its first batch to its last."""

    def __init__(self) -> None:
        self._now: dict[int, Media] = {}
        self._before: dict[int, Media] = {}
        self._taken = 0

    def next_batch(self) -> None:
        """Lets go of what the batch before did not use."""
        if self._now or self._before:
            self._before, self._now, self._taken = self._now, {}, 0

    def has_room(self, media_id: int) -> bool:
        """Reads the file unless it is here; False when this batch holds enough already."""
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
        """A file that had room."""
        return self._now[media_id]


def _read(media_id: int) -> Media:
    file = MediaFile.objects.get(pk=media_id)
    return Media(file.kind, file.mime_type, bytes(file.data), file.name, file.sha256)
