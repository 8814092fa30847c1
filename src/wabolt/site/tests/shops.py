"""A separate installation for tests of backups and restores."""

import contextlib
import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
from pyrage.x25519 import Identity
from tests.forking import ForkServer, quick_python
from tests.shared import copy, open_folder

from wabolt.site import home
from wabolt.site.backup import archive, encryption, make_backup
from wabolt.site.postgres import Cluster

SHOP = """
from wabolt.site.database import set_up_django
set_up_django()
import sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.contrib.sessions.backends.db import SessionStore
from model_bakery import baker
from wabolt.accounts.services import set_up
from wabolt.backups.queries import pending_key
from wabolt.backups.services import confirm_key, ensure_key
from wabolt.broadcasts.models import Broadcast
from wabolt.contacts.models import Contact
owner, workspace = set_up(email="ibu@toko.id", password="rahasia-panjang-9", name="Ibu", shop="Toko")
baker.make(Contact, workspace=workspace, _quantity=3)
baker.make(Broadcast, workspace=workspace, state="running", channel__workspace=workspace)
ensure_key()
confirm_key(last_group=pending_key().split()[-1])
store = SessionStore()
store[SESSION_KEY] = str(owner.pk)
store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
store[HASH_SESSION_KEY] = owner.get_session_auth_hash()
store.create()
session = Session.objects.get()
sys.stdout.write(f"{session.session_key} {session.session_data}")
session.delete()
"""


@dataclass(frozen=True)
class Shop:
    """An installation with a little data and a backup of it."""

    home: Path
    url: str
    file: Path
    key: Identity
    session: str = ""
    """Key and data of a session of the owner, separated by a space. `sign_in` stores it."""

    @cached_property
    def processes(self) -> ForkServer:
        """Starts processes of this installation."""
        environment = {**os.environ, "WABOLT_HOME": str(self.home), "DATABASE_URL": self.url}
        return ForkServer({**environment, "AWS_EC2_METADATA_DISABLED": "true"}, is_quick=True)

    def run(self, code: str) -> str:
        """Runs code in a process of this installation and returns what it prints."""
        printed = self.home / "printed"
        before = f"import sys\nsys.stdout = open({str(printed)!r}, 'w')\n"
        assert self.processes.run(f"{before}{code}\nsys.stdout.flush()") == 0
        return printed.read_text()

    def end_processes(self) -> None:
        if "processes" in vars(self):
            self.processes.kill_all()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def databases(self) -> set[str]:
        return {str(name) for (name,) in self.ask("SELECT datname::text FROM pg_database WHERE datname LIKE 'wabolt%'")}


def make_template(made: Path, folder: Path) -> None:
    """Fills `folder` with an installation that does not run: `home` (with a backup), `cluster`, `key` and `session`.
    `made`: one before its setup page (`tests.shared.make_home`)."""
    at_home = folder / "home"
    copy(made / "home", at_home)
    with open_folder() as place:
        cluster = Cluster(place / "made", durable=False)
        try:
            copy(made / "cluster", cluster.places.folder)
            cluster.start()
            environment = {**os.environ, "WABOLT_HOME": str(at_home), "DATABASE_URL": cluster.url()}
            done = subprocess.run(
                [quick_python(), "-c", SHOP], env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
            (folder / "session").write_text(done.stdout)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("WABOLT_HOME", str(at_home))
                patch.setenv("DATABASE_URL", cluster.url())
                (folder / "key").write_text(str(set_key(cluster.url())))
                make_backup(at_home / "shop.wabolt")
            cluster.stop()
            copy(cluster.places.folder, folder / "cluster")
        finally:
            cluster.remove()


@contextlib.contextmanager
def copied_shop(template: Path, folder: Path) -> Iterator[Shop]:
    """Runs the database of a copy of the installation `template`, which is in `folder`, until the end of the block."""
    copy(template / "home", folder)
    cluster = Cluster(folder / "postgres", durable=False)
    copy(template / "cluster", cluster.places.folder)
    cluster.start()
    try:
        key, session = (template / "key").read_text(), (template / "session").read_text()
        shop = Shop(folder, cluster.url(), folder / "shop.wabolt", Identity.from_str(key), session)
        yield shop
        shop.end_processes()
    finally:
        cluster.remove()


def sign_in(shop: Shop) -> str:
    """Creates a session of the shop's owner and returns its key."""
    key, data = shop.session.split(" ")
    with psycopg.connect(shop.url) as connection:
        connection.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, now() + '1 day')"
            " ON CONFLICT DO NOTHING",
            [key, data],
        )
    return key


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
