"""A folder that holds backups: on the disk of the shop, on another disk, or on a USB disk."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from wabolt.backups.places.errors import PlaceError
from wabolt.backups.rules import is_erasure_list, moment_of

MARKER = ".wabolt-backups"
"""A file in every folder that was chosen. Without it the folder is an empty mount point: the disk is unplugged."""
PART = ".part"
_MOUNTS = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


class Folder:
    """A folder with backups. `mark`: the mark of this installation in the names of files (`rules.file_name`); with ""
    the folder is only read."""

    key = "folder"

    def __init__(self, path: Path, mark: str = "") -> None:
        self.path = path
        self.mark = mark

    def where(self, name: str) -> str:
        """Returns the path of a file."""
        return str(self.path / name)

    def claim(self) -> None:
        """Makes the folder ready for backups: creates it if its parent exists, checks that it can be written, and
        leaves the marker. Raises PlaceError."""
        with _as_place_error(self.path):
            if not self.path.is_dir():
                self.path.mkdir(mode=0o700)
            probe = self.path / f"{MARKER}.{os.getpid()}"
            probe.write_bytes(b"WABolt keeps backups here. Do not delete this file.\n")
            probe.replace(self.path / MARKER)

    def check(self) -> None:
        """Raises PlaceError if the folder is gone, its disk is not mounted, or it cannot be written."""
        if not (self.path / MARKER).is_file():
            raise PlaceError("folder_gone", str(self.path))
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PlaceError("folder_denied", str(self.path))

    def free_bytes(self) -> int:
        """Returns the free bytes on the disk of the folder."""
        with _as_place_error(self.path):
            return shutil.disk_usage(self.path).free

    def part(self, name: str) -> Path:
        """Returns the path of a file that is being written. Its name is no backup's name, so no list contains it."""
        return self.path / f"{name}{PART}"

    def publish(self, name: str) -> None:
        """Renames a checked part to its final name, durably."""
        with _as_place_error(self.path):
            self.part(name).rename(self.path / name)
            sync_folder(self.path)

    def remove_parts(self) -> None:
        """Deletes parts of interrupted runs of this installation. The caller holds the lease."""
        with suppress(OSError):
            for path in self.path.glob(f"wabolt-*{PART}"):
                if self.mark and moment_of(path.name.removesuffix(PART), self.mark):
                    path.unlink(missing_ok=True)

    def names(self) -> dict[str, int]:
        """Returns the backups in the folder and their sizes in bytes; with a mark only those of this installation."""
        with _as_place_error(self.path):
            return {
                path.name: path.stat().st_size
                for path in self.path.iterdir()
                if moment_of(path.name, self.mark) and path.is_file()
            }

    def store(self, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """Publishes the part `source`. It is already in this folder, so nothing is copied."""
        if source != self.part(name):
            raise ValueError("a folder stores only its own parts")
        self.publish(name)
        progress(0)

    def erasure_lists(self) -> list[str]:
        """Returns the names of the lists of erased people in the folder."""
        with _as_place_error(self.path):
            return sorted(path.name for path in self.path.iterdir() if is_erasure_list(path.name) and path.is_file())

    def put(self, name: str, content: bytes) -> None:
        """Writes a small file durably, and replaces the one of this name."""
        part = self.part(name)
        with _as_place_error(self.path):
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        self.publish(name)

    def delete(self, name: str) -> None:
        """Deletes a backup. A missing file is no error."""
        with _as_place_error(self.path):
            (self.path / name).unlink(missing_ok=True)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Opens a backup for reading."""
        try:
            file = (self.path / name).open("rb")
        except OSError as error:
            raise PlaceError("copy_gone", self.where(name)) from error
        with file:
            if hasattr(os, "posix_fadvise"):  # not macOS
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # read the disk, not the page cache
            yield file


@contextmanager
def _as_place_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlaceError.of(error, str(path)) from error


def sync_folder(path: Path) -> None:
    """Writes the folder `path` to the disk, so that a rename in it survives a power failure."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def removable_folders() -> list[str]:
    """Mount points of other disks that can be written, for the owner to choose from. Linux and macOS."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "replace").splitlines()
        found = [line.split(" ")[1].encode().decode("unicode_escape") for line in lines if line.count(" ") >= 2]
    except OSError:
        volumes = Path("/Volumes")
        found = [str(path) for path in volumes.iterdir() if path.is_mount()] if volumes.is_dir() else []
    return sorted({path for path in found if path.startswith(_MOUNTS) and os.access(path, os.W_OK | os.X_OK)})
