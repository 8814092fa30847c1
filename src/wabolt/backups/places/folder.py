"""A folder that holds backups: on the disk of the shop, on another disk, or on a USB disk."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from wabolt.backups.places.errors import PlaceError
from wabolt.backups.rules import moment_of

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
        """The path of a file."""
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
        """The free bytes on the disk of the folder."""
        with _as_place_error(self.path):
            return shutil.disk_usage(self.path).free

    def part(self, name: str) -> Path:
        """The path of a file that is being written. Its name is not a backup's name, so no list shows it."""
        return self.path / f"{name}{PART}"

    def publish(self, name: str) -> None:
        """Gives a checked file its name, durably."""
        with _as_place_error(self.path):
            self.part(name).rename(self.path / name)
            sync_folder(self.path)

    def remove_parts(self) -> None:
        """Deletes files that an interrupted run of this installation left. The caller holds the lease."""
        with suppress(OSError):
            for path in self.path.glob(f"wabolt-*{PART}"):
                if self.mark and moment_of(path.name.removesuffix(PART), self.mark):
                    path.unlink(missing_ok=True)

    def names(self) -> dict[str, int]:
        """The backups in the folder and their sizes in bytes; with a mark only those of this installation."""
        with _as_place_error(self.path):
            return {
                path.name: path.stat().st_size
                for path in self.path.iterdir()
                if moment_of(path.name, self.mark) and path.is_file()
            }

    def store(self, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """A backup is written into the folder itself, so only its name is missing."""
        if source != self.part(name):
            raise ValueError("a folder stores only its own parts")
        self.publish(name)
        progress(0)

    def delete(self, name: str) -> None:
        """Deletes a backup; one that is gone already is no error."""
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
