"""WhiteNoise for test clients: each client creates the middleware, which reads all static files in 30 ms."""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware

_read: dict[str, Any] = {}


class KeptFiles(WhiteNoiseMiddleware):
    """Reads the static files once a process."""

    def add_files_from_finders(self) -> None:
        if not _read:
            super().add_files_from_finders()
            _read.update(self.files)
        self.files.update(_read)
