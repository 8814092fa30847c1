"""Settings of the test suite. They start a PostgreSQL for the suite, because pytest-django reads the settings before
any conftest; later and parallel runs adopt it."""

import os
import sys
from pathlib import Path

import psycopg

from wabolt.site.postgres import Cluster

if "DATABASE_URL" not in os.environ:
    test_home = Path(os.environ.setdefault("WABOLT_HOME", str(Path.cwd() / ".test-home")))
    test_cluster = Cluster(test_home / "database", durable=False)
    test_cluster.start()
    with psycopg.connect(test_cluster.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER ROLE wabolt CREATEDB")  # pytest-django creates the test databases
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO wabolt")  # conftest empties tables
    os.environ["DATABASE_URL"] = test_cluster.url()

from wabolt.site.settings import *  # noqa: F403
from wabolt.site.settings import CACHES, DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
# The name can be set, so that several suites can run at once.
DATABASES["default"]["TEST"] = {"NAME": f"test_{os.environ.get('WABOLT_TEST_DB', 'wabolt')}"}
BACKUP_COMMAND = [sys.executable, "-c", ""]  # a clock that a test holds in the future must not start a backup
# An address that customers can reach; tests of the opposite override it.
PUBLIC_URL = "https://wa.gayanusantara.example"
