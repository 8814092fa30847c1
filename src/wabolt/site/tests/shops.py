"""A separate installation for tests of backups and restores."""

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from pyrage.x25519 import Identity

from wabolt.site import home
from wabolt.site.backup import archive, encryption

SHOP = """
from model_bakery import baker
from wabolt.accounts.services import set_up
from wabolt.backups.queries import pending_key
from wabolt.backups.services import confirm_key, ensure_key
from wabolt.broadcasts.models import Broadcast
from wabolt.contacts.models import Contact
_owner, workspace = set_up(email="ibu@toko.id", password="rahasia-panjang-9", name="Ibu", shop="Toko")
baker.make(Contact, workspace=workspace, _quantity=3)
baker.make(Broadcast, workspace=workspace, state="running", channel__workspace=workspace)
ensure_key()
confirm_key(last_group=pending_key().split()[-1])
"""


@dataclass(frozen=True)
class Shop:
    """An installation with a little data and a backup of it."""

    home: Path
    url: str
    file: Path
    key: Identity

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def databases(self) -> set[str]:
        return {str(name) for (name,) in self.ask("SELECT datname::text FROM pg_database WHERE datname LIKE 'wabolt%'")}


def set_key(url: str) -> Identity:
    """Gives an installation a new recovery key that its owner has confirmed, and returns it."""
    key = Identity.generate()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE backups_backupsettings SET recipient = %s", [str(key.to_public())])
    return key


def unpacked(file: Path, key: Identity) -> bytes:
    """Decrypts a backup and returns its ZIP file."""
    plain = io.BytesIO()
    encryption.decrypt(file, key, plain)
    return plain.getvalue()


def packed(content: bytes, target: Path, key: Identity) -> Path:
    """Encrypts a ZIP file as a backup."""
    with target.open("wb") as file, encryption.encrypted(file, [key.to_public()]) as plain:
        plain.write(content)
    return target


def rewritten(source: Path, target: Path, key: Identity, **changes: bytes | None) -> Path:
    """Copies a backup with other members (``tables__name`` is ``tables/name.copy``). None leaves a member out."""
    names = {"manifest": archive.MANIFEST, "keys": archive.KEYS}
    replaced = {
        archive.member(name.removeprefix("tables__")) if name.startswith("tables__") else names[name]: value
        for name, value in changes.items()
    }
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(unpacked(source, key))) as old, zipfile.ZipFile(content, "w") as new:
        for name in dict.fromkeys([*old.namelist(), *replaced]):
            value = replaced[name] if name in replaced else old.read(name)
            if value is not None:
                new.writestr(name, value)
    return packed(content.getvalue(), target, key)


def resealed(source: Path, target: Path, key: Identity, **members: bytes) -> Path:
    """Copies a backup with other members of `keys.age`: ``secret_key`` is the file, ``tables__name`` a sealed table."""
    names = {name.replace("-", "_"): name for name in home.KEYS}
    replaced = {
        archive.member(name.removeprefix("tables__")) if name.startswith("tables__") else names[name]: value
        for name, value in members.items()
    }
    content, outer = io.BytesIO(), unpacked(source, key)
    with (
        zipfile.ZipFile(io.BytesIO(outer)) as plain,
        zipfile.ZipFile(io.BytesIO(encryption.decrypted_bytes(plain.read(archive.KEYS), key))) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in dict.fromkeys([*old.namelist(), *replaced]):
            new.writestr(name, replaced.get(name) or old.read(name))
    sealed = encryption.encrypted_bytes(content, [key.to_public()])
    return rewritten(source, target, key, keys=sealed)


def with_manifest(source: Path, target: Path, key: Identity, **changes: object) -> Path:
    """Copies a backup with another manifest."""
    with archive.opened(io.BytesIO(unpacked(source, key))) as (_file, manifest):
        content = asdict(manifest)
    return rewritten(source, target, key, manifest=json.dumps({**content, **changes}).encode())
