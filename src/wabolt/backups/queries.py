"""Reads of backups. They concern the whole installation, so none takes a workspace."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, QuerySet

from wabolt.accounts.models import AuditEntry, Membership, User, Workspace
from wabolt.backups import rules
from wabolt.backups.models import BackupCopy, BackupRun, BackupSettings
from wabolt.backups.places import BACKGROUND, S3, Folder, Place, PlaceError, S3Config, Timeouts
from wabolt.lib import clock
from wabolt.lib.vault import SealBrokenError, unseal

State = BackupRun.State
ENDED_WELL = (State.GOOD, State.UNTESTED)
"""The states of runs that stored a backup. Repeating an untested run would not make it good."""
HISTORY = 50
"""The number of runs that decide when the next one is due."""


def settings_row() -> BackupSettings | None:
    """Returns the settings; None before `services.ensure_settings`."""
    return BackupSettings.objects.filter(pk=1).first()


def first_shop() -> Workspace | None:
    """Returns the first shop of the installation. Its owners manage the backups, which contain the data of every
    shop."""
    return Workspace.objects.order_by("pk").first()


def manages_backups(user: User) -> bool:
    """Whether `user` is an owner of the first shop."""
    shop = first_shop()
    return (
        shop is not None and Membership.objects.filter(workspace=shop, user=user, role=Membership.Role.OWNER).exists()
    )


def zone() -> ZoneInfo:
    """Returns the time zone of the first shop."""
    shop = first_shop()
    return ZoneInfo(shop.timezone if shop else "Asia/Jakarta")


def is_waiting(row: BackupSettings) -> bool:
    """Whether a member has requested a backup that has not been made yet."""
    facts = history(row)
    return facts is not None and row.requested_at is not None and rules.is_due(facts, clock.now(), row.at, zone())


def is_old(row: BackupSettings) -> bool:
    """Whether too much time has passed since the newest good backup; False before the first shop exists."""
    facts, newest = history(row), newest_good()
    return facts is not None and rules.is_old(newest.started_at if newest else None, facts.since, clock.now())


def key_state(row: BackupSettings) -> str:
    """Returns the state of the recovery key. "operator": the environment sets the recipients. "open": no key is
    confirmed yet. "changing": a key waits to replace the confirmed one. "confirmed": the confirmed key is in use."""
    if recipients_of_environment():
        return "operator"
    if row.key_confirmed_at is None:
        return "open"
    return "changing" if row.sealed_key else "confirmed"


def pending_key() -> str:
    """Returns the unconfirmed key in the form for the owner; "" if there is none."""
    row = settings_row()
    try:
        return unseal(row.sealed_key) if row is not None and row.sealed_key else ""
    except SealBrokenError:  # the secrets key of the home folder was replaced
        return ""


def running_run() -> BackupRun | None:
    """Returns the run in progress."""
    return BackupRun.objects.filter(state=State.RUNNING).order_by("-pk").first()


def last_ended_run() -> BackupRun | None:
    """Returns the newest attempt that has ended."""
    return BackupRun.objects.exclude(state=State.RUNNING).order_by("-pk").first()


def recipients_of_environment() -> list[str]:
    """Returns the age recipients that the operator set. If there are some, pages neither show nor change the key."""
    found: list[str] = settings.BACKUP_RECIPIENTS
    return found


def folder_path(row: BackupSettings) -> Path:
    """Returns the folder for copies."""
    return Path(row.folder) if row.folder else Path(settings.BACKUP_FOLDER)


def s3_config(row: BackupSettings) -> S3Config:
    """Returns the configuration of the storage. Raises PlaceError if its secret was sealed with another key."""
    try:
        secret = unseal(row.sealed_s3_secret)
    except SealBrokenError as error:
        raise PlaceError("secret_lost") from error
    return S3Config(row.s3_bucket, row.s3_key_id, secret, row.s3_endpoint, row.s3_region, row.s3_prefix)


def place_of(row: BackupSettings, key: str, timeouts: Timeouts = BACKGROUND) -> Place:
    """Returns the place "folder" or "s3". Raises PlaceError."""
    return Folder(folder_path(row), row.mark) if key == "folder" else S3(s3_config(row), row.mark, timeouts)


def wanted_places(row: BackupSettings) -> list[str]:
    """Returns the keys of the places in which every backup is stored."""
    return [key for key, wanted in (("folder", row.use_folder), ("s3", row.use_s3)) if wanted]


def newest_good() -> BackupRun | None:
    """Returns the newest good backup."""
    return good_runs().first()


def newest_kept() -> BackupRun | None:
    """Returns the newest backup, tested or not."""
    return kept_runs().first()


def newest_backup_at() -> datetime | None:
    """Returns the start of the newest backup: one that has a copy, tested or not, or one of `wabolt backup FILE`."""
    by_command = AuditEntry.objects.filter(action="system.backup").aggregate(at=Max("at"))["at"]
    with_copy = kept_runs().aggregate(at=Max("started_at"))["at"]
    return max(filter(None, (by_command, with_copy)), default=None)


def newest_good_at() -> datetime | None:
    """Returns the start of the newest good backup."""
    newest = newest_good()
    return newest.started_at if newest else None


def good_runs() -> QuerySet[BackupRun]:
    """Returns the good backups, newest first."""
    return kept_runs().filter(state=State.GOOD)


def kept_runs() -> QuerySet[BackupRun]:
    """Returns the backups with at least one copy, tested or not, newest first."""
    with_copy = BackupCopy.objects.filter(is_good=True).values("run")
    return BackupRun.objects.filter(state__in=ENDED_WELL, pk__in=with_copy).order_by("-pk")


def tested_names(names: Iterable[str]) -> set[str]:
    """Returns the file names among `names` that belong to good backups."""
    return set(BackupRun.objects.filter(state=State.GOOD, name__in=list(names)).values_list("name", flat=True))


def last_run() -> BackupRun | None:
    """Returns the newest attempt, even if it is still running."""
    return BackupRun.objects.order_by("-pk").first()


def good_copy(copy_id: int) -> BackupCopy | None:
    """Returns a copy that was stored."""
    return BackupCopy.objects.select_related("run").filter(pk=copy_id, is_good=True).first()


def failed_copies(run: BackupRun) -> Sequence[BackupCopy]:
    """Returns the copies that a run could not store."""
    return list(run.copies.filter(is_good=False).order_by("place"))


def history(row: BackupSettings) -> rules.History | None:
    """Returns the facts that decide when the next backup is due; None before the first shop exists."""
    shop = first_shop()
    if shop is None:
        return None
    runs = list(BackupRun.objects.exclude(state=State.RUNNING).order_by("-pk")[:HISTORY])
    return rules.History(
        since=max(shop.created_at, row.created_at),
        complete=[run.started_at for run in runs if run.state in ENDED_WELL and run.is_complete],
        failed=[run.ended_at for run in runs if run.ended_at and not (run.state in ENDED_WELL and run.is_complete)],
        requested=row.requested_at,
    )
