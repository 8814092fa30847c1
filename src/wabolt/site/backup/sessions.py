"""The session keys of linked numbers: whoever has them *is* the shop's number, so they leave the house only sealed.

They lie in a schema of their own. A backup holds it as a dump of its own, encrypted with a key that is not in the
backup (`home.secrets_key`), so that a backup which falls into wrong hands gives nobody the shop's number.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import IO

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wabolt.site import home
from wabolt.site.backup import server

SCHEMA = "whatsmeow"
MARK = b"wabolt sessions 1\n"
SALT, NONCE, TAG = 16, 12, 16  # bytes
BLOCK = 1 << 20
OPTIONS = ("--format=custom", "--no-owner", f"--schema={SCHEMA}")


class SealBrokenError(Exception):
    """Sealed with another installation's key, cut short or changed."""


def are_in(connection: "psycopg.Connection[tuple[int]]") -> bool:
    """Whether a number was ever linked in this database."""
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.{SCHEMA}_device"]).fetchone()
    return bool(row and row[0])


def hold(connection: "psycopg.Connection[tuple[int]]", devices: list[str]) -> bool:
    """Whether one of these devices has its session in this database."""
    query = f"SELECT EXISTS (SELECT FROM {SCHEMA}.{SCHEMA}_device WHERE jid = ANY(%s))"
    row = connection.execute(query, [devices]).fetchone()
    return bool(row and row[0])


def save(url: str, snapshot: str, target: Path) -> None:
    """Dump the schema as that snapshot sees it and write it sealed; in the clear it never touches a disk."""
    with (
        server.output("pg_dump", *OPTIONS, f"--snapshot={snapshot}", url=url) as dump,
        target.open("wb") as file,
    ):
        seal(dump, file)


def load(sealed: IO[bytes], url: str) -> None:
    """Unseal into the database of ``url``, which has none. Raises SealBrokenError where that is impossible."""
    with server.fed("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={server.name_of(url)}", url=url) as gate:
        for block in unsealed(sealed):
            gate.write(block)


def move(old: str, new: str) -> None:
    """Copy the sessions of one database into another that has none."""
    with (
        server.output("pg_dump", *OPTIONS, url=old) as dump,
        server.fed("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={server.name_of(new)}", url=new) as gate,
    ):
        while block := dump.read(BLOCK):
            gate.write(block)


def seal(plain: IO[bytes], file: IO[bytes]) -> None:
    """Blocks of AES-256-GCM, each bound to its place, the last one marked: none can be left out, moved or added."""
    salt = os.urandom(SALT)
    box = _box(salt)
    file.write(MARK + salt)
    for number, (block, is_last) in enumerate(_with_end(_read(plain, BLOCK))):
        nonce = os.urandom(NONCE)
        file.write(nonce + box.encrypt(nonce, block, _place(number, is_last)))


def unsealed(file: IO[bytes]) -> Iterator[bytes]:
    """The blocks again. Raises SealBrokenError, at the latest in the place of the last block."""
    if file.read(len(MARK)) != MARK:
        raise SealBrokenError
    box = _box(file.read(SALT))
    number = -1
    for number, (block, is_last) in enumerate(_with_end(_read(file, NONCE + BLOCK + TAG))):
        try:
            yield box.decrypt(block[:NONCE], block[NONCE:], _place(number, is_last))
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error
    if number < 0:
        raise SealBrokenError


def _box(salt: bytes) -> AESGCM:
    # The key is long and random (site.home), so a plain hash is enough to bind it to this one file.
    return AESGCM(sha256(b"wabolt sessions\x00" + salt + home.secrets_key().encode()).digest())


def _place(number: int, is_last: bool) -> bytes:
    return number.to_bytes(8, "big") + (b"last" if is_last else b"more")


def _read(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Blocks of exactly ``size``, but the last; a pipe may hand out less at a time."""
    while True:
        block = b""
        while len(block) < size and (part := file.read(size - len(block))):
            block += part
        if block:
            yield block
        if len(block) < size:
            return


def _with_end(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last one."""

    def ended() -> Iterator[bytes | None]:
        yield from blocks
        yield None

    for block, following in pairwise(ended()):
        if block is not None:
            yield block, following is None
