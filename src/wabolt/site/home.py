"""The home folder: data, keys and logs of this installation.

It does not import Django, because the settings import it.
"""

import contextlib
import errno
import json
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
"""Files with keys in the home folder, each with the environment variable that replaces it."""
RESTORED = "restored-keys.json"
"""The file with the keys of a database that a restore puts in place."""


def home() -> Path:
    """Returns the home folder: ``WABOLT_HOME``, else ``wabolt`` under the XDG data folder. Does not create it."""
    chosen = os.environ.get("WABOLT_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().absolute() / "wabolt"


def create_home() -> Path:
    """Creates the home folder if needed, readable by its owner only, and returns it. Raises ClusterError without write
    access.

    Root's home folder can be traversed (not listed) by others, so that the user that runs PostgreSQL reaches its own
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
    """Returns the signing secret: ``WABOLT_SECRET_KEY``, else the file ``secret-key``, created once (0600)."""
    given = os.environ.get("WABOLT_SECRET_KEY")
    return given or read_or_create(home() / "secret-key")


def secrets_key() -> str:
    """Returns the key that encrypts vendors' tokens in the database: ``WABOLT_SECRETS_KEY``, else the file
    ``secrets-key``, created once (0600). The database alone, or a dump of it, does not reveal the tokens."""
    return os.environ.get("WABOLT_SECRETS_KEY") or read_or_create(home() / "secrets-key")


def erasure_key() -> str:
    """Returns the key for pseudonyms of erased people (lib.pseudonyms): ``WABOLT_ERASURE_KEY``, else the file
    ``erasure-key``, created once (0600). With a new key the installation no longer recognises erased people."""
    return os.environ.get("WABOLT_ERASURE_KEY") or read_or_create(home() / "erasure-key")


def stored_keys() -> dict[str, str]:
    """Returns the keys in the home folder by file name, without those that the environment provides."""
    return {name: read_or_create(home() / name) for name, variable in KEYS.items() if not os.environ.get(variable)}


def store_keys(keys: Mapping[str, str]) -> None:
    """Replaces the keys of the home folder. A different existing key is kept as ``NAME.before``."""
    for name, key in keys.items():
        path = home() / name
        if os.environ.get(KEYS[name]) or (path.exists() and path.read_text("ascii").strip() == key):
            continue
        if path.exists():
            path.rename(path.with_suffix(".before"))
        _write(path, key)


def announce_keys(database: int, keys: Mapping[str, str]) -> None:
    """Stores the keys of the restored database with the OID ``database``, before the restore puts it in place.

    A restore that is killed between the two steps is completed by `take_announced_keys`. Without it, nothing could read
    the sealed values in the database.
    """
    _write(home() / RESTORED, json.dumps({"database": database, "keys": dict(keys)}))


def has_announced_keys() -> bool:
    """Returns whether a restore was killed, or is running."""
    return (home() / RESTORED).exists()


def take_announced_keys(database: int) -> None:
    """Puts the announced keys in place if they belong to the present database (its OID is ``database``). Drops them
    otherwise: the restore was killed before it changed anything."""
    announced = json.loads((home() / RESTORED).read_text("ascii"))
    if announced["database"] == database:
        store_keys(announced["keys"])
    (home() / RESTORED).unlink()


def _write(path: Path, text: str) -> None:
    """Writes a small private file atomically."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def metrics_token() -> str:
    """Returns the token of the page for Prometheus: ``WABOLT_METRICS_TOKEN``, else the file ``metrics-token``."""
    return os.environ.get("WABOLT_METRICS_TOKEN") or read_or_create(home() / "metrics-token")


def data_folder() -> Path:
    """Returns the folder whose disk holds the data: that of the own database if there is one, else the home folder."""
    folder = home() / "postgres"
    moved = folder / "moved"
    if moved.is_symlink():
        return moved.resolve()
    return folder if folder.is_dir() else home()


def free_bytes() -> int:
    """Returns the free bytes on the disk of the data."""
    return shutil.disk_usage(data_folder()).free


def read_or_create(path: Path) -> str:
    """Returns the secret in the file ``path``, created at random by the first call (0600).

    Safe for concurrent first calls: all return the text of the call that created the file.
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
    """Returns the database cluster in the home folder."""
    return Cluster(home() / "postgres")


def database_url() -> str:
    """Returns ``DATABASE_URL`` if it is set, else the URL of the home folder's own cluster.

    Raises ClusterError before the first start of the cluster, because it has no password until then.
    """
    return os.environ.get("DATABASE_URL") or cluster().url()


def uses_own_cluster() -> bool:
    """Returns whether the database is the one in the home folder. ``wabolt up`` sets ``DATABASE_URL`` to its address
    for its processes."""
    given = os.environ.get("DATABASE_URL")
    try:
        return not given or given == cluster().url()
    except ClusterError:
        return False


def admin_url() -> str:
    """Returns the URL for creating and renaming databases: the superuser of our own cluster, or ``DATABASE_URL``, whose
    role needs CREATEDB."""
    return cluster().admin_url() if uses_own_cluster() else database_url()
