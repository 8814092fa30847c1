"""S3-compatible storage, through obstore (https://developmentseed.org/obstore).

obstore is imported on use, because it takes 7 MB of memory in every process.
"""

import asyncio
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from wabolt.backups.places.errors import PlaceError
from wabolt.backups.rules import is_erasure_list, moment_of
from wabolt.lib import clock

if TYPE_CHECKING:
    from obstore.store import S3Store

    from wabolt.backups.places.s3_uploads import Access

MIN_PART = 5 * 1024 * 1024  # bytes; S3's minimum size of a part
MOST_PARTS = 9_000  # S3 takes 10,000 (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)
AT_ONCE = 2  # parts in transit; with the size of a part, this bounds the memory
BLOCK = 1024 * 1024
LINK_LIFE = timedelta(minutes=10)

_SERVER_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_CODES = {
    "NoSuchBucket": "s3_no_bucket",
    "InvalidBucketName": "s3_no_bucket",
    "InvalidAccessKeyId": "s3_denied",
    "SignatureDoesNotMatch": "s3_denied",
    "AccessDenied": "s3_denied",
    "InvalidToken": "s3_denied",
    "RequestTimeTooSkewed": "clock_wrong",
    "QuotaExceeded": "s3_full",
    "XMinioStorageFull": "s3_full",
    "XMinioAdminBucketQuotaExceeded": "s3_full",
    "InsufficientCapacity": "s3_full",
    "StorageFull": "s3_full",
}
_BY_STATUS = {"401": "s3_denied", "403": "s3_denied", "404": "s3_no_bucket", "507": "s3_full"}


@dataclass(frozen=True, slots=True)
class S3Config:
    """The address of a storage and the key to it. `endpoint`: "" for Amazon S3. `prefix`: a folder in the bucket."""

    bucket: str
    key_id: str
    secret: str
    endpoint: str = ""
    region: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of requests to a storage, in seconds.

    `connect`: to open a connection. `answer`: for the response to one request; a part of a slow upload takes minutes.
    `retries`: the number of retries after refused connections and server errors. `retrying`: for all retries together.
    `check`: for the whole of `S3.check`.
    """

    connect: float = 10.0
    answer: float = 300.0
    retries: int = 4
    retrying: float = 180.0
    check: float = 600.0


BACKGROUND = Timeouts()
"""For the process that makes backups."""
INTERACTIVE = Timeouts(connect=5.0, answer=7.0, retries=0, check=8.0)
"""For requests that a page waits for."""


class S3:
    """Backups in a bucket. `mark`: see `Folder`."""

    key = "s3"

    def __init__(self, config: S3Config, mark: str = "", timeouts: Timeouts = BACKGROUND) -> None:
        self.config = config
        self.mark = mark
        self.timeouts = timeouts
        self._store = _store(config, timeouts)

    def where(self, name: str) -> str:
        """Returns the address of a file, for people and for `wabolt restore`."""
        prefix = self.config.prefix.strip("/")
        return f"s3://{self.config.bucket}/{prefix}/{name}" if prefix else f"s3://{self.config.bucket}/{name}"

    def check(self) -> None:
        """Raises PlaceError unless a small file can be written, read and deleted within `timeouts.check`. Call it in a
        thread without an event loop."""
        try:
            asyncio.run(asyncio.wait_for(self._try(), self.timeouts.check))
        except TimeoutError as error:
            raise PlaceError("s3_slow", f"{self.timeouts.check:g}") from error

    async def _try(self) -> None:
        import obstore

        name = f"wabolt-{self.mark or 'probe'}.probe"
        content = b"WABolt writes, reads and deletes this file to try the storage.\n"
        with self._as_place_error():
            await obstore.put_async(self._store, name, content)
            read = bytes(await (await obstore.get_async(self._store, name)).bytes_async())
            await obstore.delete_async(self._store, name)
        if read != content:
            raise PlaceError("s3_other", "content")

    def store(self, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """Uploads the file `source` in parts. `progress` is called with the number of bytes that were read; it may
        raise to stop. An upload that ends early is aborted on the server, and no object appears."""
        import obstore

        size = source.stat().st_size
        part = max(MIN_PART, -(-size // MOST_PARTS))
        with self._as_place_error():
            obstore.put(
                self._store, name, _blocks(source, progress), use_multipart=True, chunk_size=part,
                max_concurrency=AT_ONCE,
            )  # fmt: skip
            stored = obstore.head(self._store, name)["size"]
        if stored != size:
            raise PlaceError("s3_other", f"{stored} != {size}")

    def remove_parts(self) -> None:
        """Aborts uploads of killed processes of this installation. Raises PlaceError.

        The caller holds the lease, so that no other process uploads.
        """
        import httpx

        from wabolt.backups.places import s3_uploads

        folder = self.config.prefix.strip("/")
        start = f"{folder}/" if folder else ""
        try:
            for upload in s3_uploads.open_uploads(self._access(), start, clock.now()):
                if self.mark and moment_of(upload.key.removeprefix(start), self.mark):
                    s3_uploads.abort(self._access(), upload, clock.now())
        except httpx.HTTPError as error:
            raise PlaceError("s3_unreachable", type(error).__name__) from error

    def _access(self) -> "Access":
        from wabolt.backups.places.s3_uploads import Access

        config, region = self.config, self.config.region or "us-east-1"
        endpoint = config.endpoint or f"https://s3.{region}.amazonaws.com"
        return Access(endpoint, config.bucket, region, config.key_id, config.secret, 2 * self.timeouts.connect)

    def names(self) -> dict[str, int]:
        """Returns the backups in the bucket and their sizes in bytes; with a mark only those of this installation."""
        import obstore

        with self._as_place_error():
            found = [meta for batch in obstore.list(self._store) for meta in batch]
        return {meta["path"]: meta["size"] for meta in found if moment_of(meta["path"], self.mark)}

    def erasure_lists(self) -> list[str]:
        """Returns the names of the lists of erased people in the bucket."""
        import obstore

        with self._as_place_error():
            return sorted(meta["path"] for batch in obstore.list(self._store) for meta in batch
                          if is_erasure_list(meta["path"]))  # fmt: skip

    def put(self, name: str, content: bytes) -> None:
        """Writes a small file, and replaces the one of this name."""
        import obstore

        with self._as_place_error():
            obstore.put(self._store, name, content)

    def delete(self, name: str) -> None:
        """Deletes a backup. A missing object is no error."""
        import obstore

        with self._as_place_error():
            obstore.delete(self._store, name)

    def link(self, name: str) -> str:
        """Returns an address from which the file can be downloaded for ten minutes, without our help."""
        import obstore

        return str(obstore.sign(self._store, "GET", name, LINK_LIFE))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Opens a backup for reading; it is downloaded while it is read."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = obstore.get(self._store, name)
        except FileNotFoundError as error:
            raise PlaceError(_code(str(error), missing="copy_gone")[0], self.where(name)) from error
        except BaseError as error:
            self._refuse(error)
        yield io.BufferedReader(_Stream(found, self._refuse), BLOCK)

    @contextmanager
    def _as_place_error(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        code, server_code = _code(str(error))
        raise PlaceError(code, server_code or self.config.endpoint or self.config.bucket) from error


class _Stream(io.RawIOBase):
    """A download as a file."""

    def __init__(self, response: Any, refuse: Callable[[Exception], NoReturn]) -> None:
        self._blocks = iter(response.stream(min_chunk_size=BLOCK))
        self._rest = b""
        self._refuse = refuse

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        from obstore.exceptions import BaseError

        if not self._rest:
            try:
                self._rest = bytes(next(self._blocks, b""))
            except (BaseError, OSError) as error:
                self._refuse(error)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _blocks(source: Path, progress: Callable[[int], None]) -> Iterator[bytes]:
    done = 0
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            done += len(block)
            progress(done)
            yield block


def _store(config: S3Config, timeouts: Timeouts) -> "S3Store":
    from obstore.store import S3Store

    options: dict[str, Any] = {
        "access_key_id": config.key_id,
        "secret_access_key": config.secret,
        "region": config.region or "us-east-1",
    }
    if config.endpoint:
        options["endpoint"] = config.endpoint
    return S3Store(
        config.bucket,
        prefix=config.prefix.strip("/") or None,
        config=options,  # type: ignore[arg-type]  # a TypedDict
        client_options={
            "allow_http": config.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=timeouts.connect),
            "read_timeout": timedelta(seconds=timeouts.answer),
            "timeout": timedelta(days=1),  # of a whole request; a long download is no error
        },
        retry_config={
            "max_retries": timeouts.retries,
            "retry_timeout": timedelta(seconds=timeouts.retrying),
            "backoff": {
                "init_backoff": timedelta(milliseconds=200),
                "max_backoff": timedelta(seconds=15),
                "base": 2,
            },
        },
    )


def _code(text: str, missing: str = "s3_no_bucket") -> tuple[str, str]:
    """Returns (code of a PlaceError, short code of the server) for the text of an error. The rest of the text quotes
    the server and is not shown."""
    found, status = _SERVER_CODE.search(text), _STATUS.search(text)
    server_code = found[1] if found else (status[1] if status else "")
    if server_code in _CODES:
        return _CODES[server_code], server_code
    if status and status[1] in _BY_STATUS:
        code = _BY_STATUS[status[1]]
        return (missing if code == "s3_no_bucket" else code), server_code
    return ("s3_other" if status else "s3_unreachable"), server_code


def parse_s3_url(url: str) -> tuple[str, str]:
    """(bucket, path) of "s3://bucket/path". Raises PlaceError for other texts."""
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", url.strip())
    if found is None:
        raise PlaceError("s3_address", url[:200])
    return found[1], (found[2] or "").strip("/")
