"""Fixtures and settings of all tests: built front-end files, Hypothesis profiles, and no network."""

import gc
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

if TYPE_CHECKING:
    from tests.forking import ForkServer
    from tests.scheduling import LiveAndComputing
    from xdist.remote import Producer

ROOT = Path(__file__).parent
# Examples have no deadline, because a busy machine is slow. The profile "gate" draws the same examples in every run, so
# that a failure is caused by the change; the default profile draws new ones, and "hunt" draws many.
_SLOW = (HealthCheck.too_slow,)
settings.register_profile("wabolt", deadline=None, suppress_health_check=_SLOW)
settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=_SLOW)
_EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "5000"))
settings.register_profile("hunt", deadline=None, max_examples=_EXAMPLES, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "wabolt")


def pytest_configure(config: pytest.Config) -> None:
    """Builds translations and front-end files when they are older than their sources, before any worker starts."""
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        _keep_temporary_files_in_memory()
    if not is_worker and (ROOT / "hatch_build.py").exists():
        subprocess.run([sys.executable, str(ROOT / "hatch_build.py")], check=True, cwd=ROOT)
        # Django may have read the old translations when pytest-django set it up.
        translation_file_changed(None, Path("django.mo"))
        if config.getoption("numprocesses", None):
            from tests.compiled import compile_modules

            compile_modules(ROOT)
    if not config.getoption("numprocesses", None):  # tests run in this process
        _import_neonize()
    if is_worker:
        from tests.scheduling import lower_priority

        lower_priority(config.workerinput["workerid"])


def _keep_temporary_files_in_memory() -> None:
    """Temporary folders are in /dev/shm if that has room and allows programs. A PostgreSQL server has a thousand files;
    after many files were deleted, ext4 takes a millisecond of processor time to create one."""
    memory = Path("/dev/shm")  # noqa: S108 -- only pytest and the tests make folders there
    if "TMPDIR" not in os.environ and memory.is_dir():
        found = os.statvfs(memory)
        if found.f_bavail * found.f_frsize > 6 << 30 and not found.f_flag & os.ST_NOEXEC:
            os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts live files first when workers share the files (`tests.scheduling`)."""
    if hasattr(config, "workerinput"):
        from tests.scheduling import in_order

        items[:] = in_order(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the PostgreSQL server of a worker, unless a parallel suite uses it. The server of a run without workers
    keeps running: the next run starts faster."""
    cluster = getattr(sys.modules.get("wabolt.site.settings_test"), "test_cluster", None)
    if hasattr(config, "workerinput") and cluster:
        cluster.leave()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LiveAndComputing | None":
    """Schedules whole files; see `tests.scheduling`."""
    from tests.scheduling import LiveAndComputing

    return LiveAndComputing(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Freezes the modules and the collected tests, more than a million objects, so that a garbage collection does not
    take half a second. Afterwards collections are less frequent than by default."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 20)
        gc.enable()


def pytest_sessionfinish() -> None:
    """Ends what the tests of this process share: the browser, and the program from which processes are forked."""
    for name in ("tests.browser.chromium", "tests.forking"):
        if shared := sys.modules.get(name):
            shared.end()


def _import_neonize() -> None:
    """Imports neonize without the pipes that it opens for `uname -a` and never closes.

    The garbage collector would report them in an unrelated test, because open files are errors.
    """

    def answer(_command: str) -> io.StringIO:
        return io.StringIO(" ".join(os.uname()))

    if importlib.util.find_spec("neonize"):
        with mock.patch.object(os, "popen", answer):
            importlib.import_module("neonize")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker) -> None:
    """New test databases are copies of a database with the tables of the baseline: migrations take a minute."""
    from django.conf import settings as django_settings
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    from wabolt.site.tests.clusters import BASELINE, ensure_baseline

    given = connection.get_connection_params()
    access = {key: given[key] for key in ("user", "password", "host", "port") if given.get(key)}
    ensure_baseline(make_conninfo(**access))
    django_settings.DATABASES["default"]["TEST"]["TEMPLATE"] = BASELINE
    connection.settings_dict["TEST"]["TEMPLATE"] = BASELINE


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Empties only the tables that have rows after a test that commits. Django's own flush takes 0.4 s: it truncates
    all tables, and creates content types and permissions again."""
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = _empty_tables


def _empty_tables(_test: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_TABLES)


# The role "replica" runs neither triggers nor the checks of foreign keys: append-only tables can be emptied too.
_EMPTY_TABLES = """
DO $$
DECLARE
    name regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
        AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('DELETE FROM %s', name);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def _fork_server(django_db_setup: None) -> Iterator["ForkServer"]:
    from tests.forking import ForkServer
    from tests.shared import database_url

    environment = {**os.environ, "DATABASE_URL": database_url(), "WABOLT_LOG_LEVEL": "CRITICAL"}
    server = ForkServer(environment, is_quick=True)
    yield server
    server.kill_all()


@pytest.fixture
def fork_server(_fork_server: "ForkServer", transactional_db: None) -> Iterator["ForkServer"]:
    """Starts processes on the test database. Those that still run at the end of the test are killed."""
    yield _fork_server
    _fork_server.kill_all()


@pytest.fixture(scope="session")
def made_home(made_cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation before its setup page, for `running_installation`: making it takes three seconds."""
    from tests.shared import made_once, make_home

    return made_once(tmp_path_factory, "made-home", partial(make_home, made_cluster))


@pytest.fixture(scope="session")
def made_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster for `copied_cluster`."""
    from tests.shared import made_once, make_cluster

    return made_once(tmp_path_factory, "made-cluster", make_cluster)


@pytest.fixture
def quick_python(monkeypatch: pytest.MonkeyPatch) -> str:
    """Python programs that the test or its code starts with `sys.executable` are forked (`tests.forking`)."""
    from tests.forking import quick_python

    monkeypatch.setattr(sys, "executable", quick_python())
    return sys.executable


@pytest.fixture(autouse=True)
def _only_this_machine(socket_disabled: None) -> None:
    """Sockets are off unless a test asks for loopback (`socket_enabled` or `@pytest.mark.enable_socket`)."""


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """Each test starts in the default language. A request leaves its language active in the thread."""
    translation.deactivate()
