"""A restore on a new machine is killed with SIGKILL. Afterwards the data and the keys belong to one installation, the
old one or the restored one, and a second restore succeeds. It brings its keys and copies nothing of another shop."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.shared import copied_cluster

from wabolt.site import home
from wabolt.site.backup import restore_backup
from wabolt.site.database import database
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

KILLED = """
import os, signal, sys
from pathlib import Path
from wabolt.site import home
from wabolt.site.backup import parse_key, restore, restore_backup, server
from wabolt.site.database import database

def killing(function, when):
    def run(*arguments, **more):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        function(*arguments, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    return run

owner, name, when = sys.argv[1:4]
module = {"restore": restore, "server": server, "home": home}[owner]
setattr(module, name, killing(getattr(module, name), when))
with database():
    restore_backup(Path(sys.argv[4]), parse_key(sys.argv[5]))
"""
POINTS = [
    ("home", "announce_keys", "after"),
    ("server", "swap", "after"),
    ("home", "store_keys", "after"),
]


@pytest.fixture
def new_home(made_cluster: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder with its own keys and an empty database."""
    copied_cluster(made_cluster, open_folder / "postgres")
    monkeypatch.setenv("WABOLT_HOME", str(open_folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home.create_home()
    home.stored_keys()
    yield open_folder
    home.cluster().remove()


def contacts() -> int | None:
    """The number of contacts in the present database; None if it has no tables."""
    with psycopg.connect(home.database_url()) as connection:
        if connection.execute("SELECT to_regclass('contacts_contact')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT count(*) FROM contacts_contact").fetchone()
        return int(row[0]) if row else None


ANOTHER_SHOP = """
UPDATE accounts_workspace SET created_at = created_at - interval '1 day';
INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)
SELECT id, 'phone', '+6281111111111', 'stop_word', now() FROM accounts_workspace
"""


def execute(statements: str) -> None:
    with psycopg.connect(home.database_url()) as connection:
        connection.execute(statements.encode())


def test_data_and_keys_belong_together_after_a_kill(installation: Shop, new_home: Path) -> None:
    """Each restore is also the second one after the kill of the one before. The server runs on."""
    own_keys = home.stored_keys()
    restored_keys = {file: (installation.home / file).read_text("ascii").strip() for file in home.KEYS}
    present: tuple[int | None, dict[str, str]] = (None, own_keys)
    with database():
        for point in POINTS:
            arguments = [*point, str(installation.file), str(installation.key)]
            done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
            assert done.returncode == -signal.SIGKILL, point
            with database():
                found = (contacts(), home.stored_keys())
                assert found in [present, (3, restored_keys)], point
                assert not home.has_announced_keys(), point
                if found != present:  # the next restore begins with other data and other keys
                    execute("DELETE FROM contacts_contact")
                    home.store_keys(own_keys)
                    present = (0, own_keys)
        execute(ANOTHER_SHOP)
        restore_backup(installation.file, installation.key)
        assert (contacts(), home.stored_keys()) == (3, restored_keys)
        with psycopg.connect(home.database_url()) as connection:
            assert connection.execute("SELECT count(*) FROM consent_suppression").fetchone() == (0,)
        for name, key in own_keys.items():
            assert (new_home / f"{name}.before").read_text() == key, "the present keys are kept"
