import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wabolt.site.backup import make_backup
from wabolt.site.postgres import Cluster
from wabolt.site.tests.shops import SHOP, Shop, set_key


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the terminal's language to English, the language of the code."""
    monkeypatch.setenv("WABOLT_LANGUAGE", "en")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can traverse, which a server started by root needs (pytest's folders are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="wabolt-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("installation")
    cluster = Cluster(folder / "postgres", durable=False)
    cluster.start()
    try:
        environment = {**os.environ, "WABOLT_HOME": str(folder), "DATABASE_URL": cluster.url()}
        environment["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"
        for arguments in (["migrate"], ["manage", "shell", "-v", "0", "-c", SHOP]):
            subprocess.run([sys.executable, "-m", "wabolt", *arguments], env=environment, check=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WABOLT_HOME", str(folder))
            patch.delenv("DATABASE_URL", raising=False)
            key = set_key(cluster.url())
            make_backup(folder / "shop.wabolt")
        yield Shop(folder, cluster.url(), folder / "shop.wabolt", key)
    finally:
        cluster.remove()


@pytest.fixture
def shop(installation: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("WABOLT_HOME", str(installation.home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return installation


@pytest.fixture(autouse=True)
def _terminal_may_close() -> Iterator[None]:
    """Restores the default handling of SIGHUP, also when the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
