import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.shared import copied_cluster, made_once, open_folder

from wabolt.site.postgres import Cluster
from wabolt.site.tests.shops import Shop, copied_shop, make_template


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the terminal's language to English, the language of the code."""
    monkeypatch.setenv("WABOLT_LANGUAGE", "en")


@pytest.fixture(name="open_folder")
def _open_folder() -> Iterator[Path]:
    """A folder that every user can traverse, which a server started by root needs (pytest's folders are closed)."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def shop_template(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that does not run. All workers of a test run share it."""
    return made_once(tmp_path_factory, "made-shop", partial(make_template, made_home))


@pytest.fixture
def cluster(made_cluster: Path, open_folder: Path) -> Iterator[Cluster]:
    """A cluster that was started once and does not run."""
    made = copied_cluster(made_cluster, open_folder / "cluster")
    yield made
    made.remove()


@pytest.fixture(scope="module")
def installation(shop_template: Path) -> Iterator[Shop]:
    with open_folder() as folder, copied_shop(shop_template, folder) as shop:
        yield shop


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
