"""Changing the settings of backups."""

import secrets
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User
from wabolt.accounts.services import record_audit
from wabolt.backups import queries
from wabolt.backups.models import BackupSettings
from wabolt.backups.places import INTERACTIVE, S3, Folder, PlaceError, S3Config
from wabolt.backups.rules import belongs_to_system
from wabolt.backups.words import sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.vault import seal


@dataclass(frozen=True, slots=True)
class Storage:
    """S3-compatible storage as the owner typed it. `secret`: "" keeps the stored one."""

    endpoint: str
    region: str
    bucket: str
    prefix: str
    key_id: str
    secret: str


def ensure_settings() -> BackupSettings:
    """Returns the row with the settings, created at the first call."""
    row, _created = BackupSettings.objects.get_or_create(pk=1, defaults={"mark": secrets.token_hex(3)})
    return row


@transaction.atomic
def save_time(*, at: time, by: User) -> None:
    """Sets the time of the daily backup."""
    ensure_settings()
    BackupSettings.objects.filter(pk=1).update(at=at)
    _record(by, {"at": f"{at:%H:%M}"})


def save_folder(*, use: bool, folder: str, by: User) -> None:
    """Sets the folder for copies ("" for the one in the home folder), after checking that it can be written. It is
    stored without symbolic links. Raises DomainError, also for a folder of the system or of WABolt."""
    row = ensure_settings()
    folder = folder.strip()
    if not use and not row.use_s3:
        raise DomainError(_("Set up a storage first. Without a place there are no backups."), field="use_folder")
    if use and folder:
        try:
            path = _chosen(folder)
            Folder(path, row.mark).claim()
        except PlaceError as error:
            raise DomainError(sentence(error.code, error.detail), field="folder") from error
        folder = str(path)
    with transaction.atomic():
        BackupSettings.objects.filter(pk=1).update(use_folder=use, folder=folder)
        _record(by, {"place": folder or "backups"})


def _chosen(typed: str) -> Path:
    """Returns the typed folder without symbolic links. Raises PlaceError for a folder of the system or of WABolt, and
    DomainError for a path that is not absolute."""
    try:
        path = Path(typed).expanduser()
        if not path.is_absolute():
            raise DomainError(_("Write the full path. It begins with /."), field="folder")
        path = path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links, or the home folder of an unknown person
        raise PlaceError("folder_gone", typed) from error
    own_folder = Path(settings.BACKUP_FOLDER).resolve()
    if path.is_relative_to(own_folder):
        return path
    if any(path.is_relative_to(reserved) for reserved in (own_folder.parent, Path(settings.DATA_FOLDER).resolve())):
        raise PlaceError("folder_ours", str(path))
    if belongs_to_system(path, is_mount=path.is_mount()):
        raise PlaceError("folder_system", str(path))
    return path


def save_storage(*, use: bool, storage: Storage, by: User) -> None:
    """Sets the storage for copies, after writing, reading and deleting a file there. Raises DomainError.

    With `use` False copies are no longer sent; the settings stay.
    """
    row = ensure_settings()
    if not use:
        if not row.use_folder:
            raise DomainError(_("Choose a folder first. Without a place there are no backups."), field="use_s3")
        with transaction.atomic():
            BackupSettings.objects.filter(pk=1).update(use_s3=False)
            _record(by, {"place": ""})
        return
    config = try_storage(row, storage)
    with transaction.atomic():
        BackupSettings.objects.filter(pk=1).update(
            use_s3=True,
            s3_endpoint=config.endpoint,
            s3_region=config.region,
            s3_bucket=config.bucket,
            s3_prefix=config.prefix,
            s3_key_id=config.key_id,
            sealed_s3_secret=seal(config.secret),
        )
        _record(by, {"place": f"s3://{config.bucket}/{config.prefix}".rstrip("/")})


def try_storage(row: BackupSettings, storage: Storage) -> S3Config:
    """Writes, reads and deletes a file in a storage; returns how to open it. Raises DomainError."""
    try:
        secret = storage.secret or queries.s3_config(row).secret
        config = S3Config(
            storage.bucket, storage.key_id, secret, storage.endpoint.rstrip("/"), storage.region,
            storage.prefix.strip("/"),
        )  # fmt: skip
        S3(config, row.mark, INTERACTIVE).check()
    except PlaceError as error:
        raise DomainError(sentence(error.code, error.detail)) from error
    return config


def _record(by: User, data: dict[str, str]) -> None:
    record_audit(workspace=queries.first_shop(), actor=by, action="backup.settings", data=data)
