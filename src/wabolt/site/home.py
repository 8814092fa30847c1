"""The home folder: the one place where this installation keeps its data, its secret and its logs.

No Django here: settings import this module.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from wabolt.site.postgres import Cluster, ClusterError
from wabolt.site.words import _

KEYS = {
    "secret-key": "WABOLT_SECRET_KEY",
    "secrets-key": "WABOLT_SECRETS_KEY",
    "erasure-key": "WABOLT_ERASURE_KEY",
}
"""The files with keys in the home folder, and the environment variable that takes the place of each."""
RECIPIENT = "backup-recipient"


def home() -> Path:
    """The home folder: ``WABOLT_HOME``, else ``wabolt`` under the XDG data folder. Not created here."""
    chosen = os.environ.get("WABOLT_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().absolute() / "wabolt"


def create_home() -> Path:
    """The home folder, made if it was not there, closed to others. Raises ClusterError where we may not write there.

    Root's lets others walk through (not look inside), so that the user that runs PostgreSQL reaches its own
    folder.
    """
    folder = home()
    reason = os.strerror(errno.EACCES)
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    except OSError as error:
        reason = str(error.strerror)
    raise ClusterError(
        _("WABolt may not write in {folder} ({reason}). Choose another home folder with WABOLT_HOME.").format(
            folder=folder, reason=reason
        )
    )


def secret_key() -> str:
    """The installation's secret: ``WABOLT_SECRET_KEY``, else the file ``secret-key``, written once (0600)."""
    given = os.environ.get("WABOLT_SECRET_KEY")
    return given or read_or_create(home() / "secret-key")


def secrets_key() -> str:
    """What secrets in the database are encrypted with (tokens of vendors): ``WABOLT_SECRETS_KEY``, else the file
    ``secrets-key``, written once (0600). Whoever has only the database, or a dump of it, cannot read them."""
    return os.environ.get("WABOLT_SECRETS_KEY") or read_or_create(home() / "secrets-key")


def erasure_key() -> str:
    """The key of the pseudonyms of erased people (lib.pseudonyms): ``WABOLT_ERASURE_KEY``, else the file
    ``erasure-key``, written once (0600). A new key would make the installation forget whom it has erased."""
    return os.environ.get("WABOLT_ERASURE_KEY") or read_or_create(home() / "erasure-key")


def stored_keys() -> dict[str, str]:
    """The keys that the home folder holds, by file name; those that the environment gives are not among them."""
    return {name: read_or_create(home() / name) for name, variable in KEYS.items() if not os.environ.get(variable)}


def store_keys(keys: Mapping[str, str]) -> None:
    """Replace the keys of the home folder by these. A different one that was there stays as ``NAME.before``."""
    for name, key in keys.items():
        path = home() / name
        if os.environ.get(KEYS[name]) or (path.exists() and path.read_text("ascii").strip() == key):
            continue
        if path.exists():
            path.rename(path.with_suffix(".before"))
        _write(path, key)


def recipients() -> list[str]:
    """The age recipients that backups are encrypted for: ``WABOLT_BACKUP_RECIPIENTS``, else the file
    ``backup-recipient``. Empty before a recovery key was made."""
    given = os.environ.get("WABOLT_BACKUP_RECIPIENTS", "")
    with contextlib.suppress(FileNotFoundError):
        given = given or (home() / RECIPIENT).read_text("ascii")
    return given.replace(",", " ").split()


def store_recipient(recipient: str) -> None:
    """Encrypt backups for this age recipient from now on."""
    create_home()
    _write(home() / RECIPIENT, recipient)


def _write(path: Path, text: str) -> None:
    """Write a small private file whole or not at all."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def free_bytes() -> int:
    """The room that is left on the disk where the database lies."""
    return shutil.disk_usage(cluster().places.folder if not os.environ.get("DATABASE_URL") else home()).free


def read_or_create(path: Path) -> str:
    """The secret in the file ``path``; made at random on the first call (0600).

    Safe where several processes ask first at once: all get the text of the one that won.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    create_home()
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text("ascii").strip()


def cluster() -> Cluster:
    """The database cluster that lives in the home folder."""
    return Cluster(home() / "postgres")


def database_url() -> str:
    """``DATABASE_URL`` if it is set, else the URL of the home folder's own cluster.

    The cluster has to have been started once: before that it has no password and this raises ClusterError.
    """
    return os.environ.get("DATABASE_URL") or cluster().url()


def admin_url() -> str:
    """The URL for creating and renaming databases: the superuser of our own cluster, or ``DATABASE_URL``, whose role
    needs the right CREATEDB for that."""
    return os.environ.get("DATABASE_URL") or cluster().admin_url()
