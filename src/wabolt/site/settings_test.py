"""The same house for the test suite, on a PostgreSQL of the suite's own: started here, because pytest-django reads the
settings before any conftest could do it, and adopted by later runs and by parallel ones."""

import os
from pathlib import Path

import psycopg

from wabolt.site.postgres import Cluster

if "DATABASE_URL" not in os.environ:
    test_home = Path(os.environ.setdefault("WABOLT_HOME", str(Path.cwd() / ".test-home")))
    test_cluster = Cluster(test_home / "database", durable=False)
    test_cluster.start()
    with psycopg.connect(test_cluster.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER ROLE wabolt CREATEDB")  # pytest-django creates the test databases
    os.environ["DATABASE_URL"] = test_cluster.url()

from wabolt.site.settings import *  # noqa: F403
from wabolt.site.settings import CACHES, DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
# A name of its own, so that several suites may run at once.
DATABASES["default"]["TEST"] = {"NAME": f"test_{os.environ.get('WABOLT_TEST_DB', 'wabolt')}"}
# A shop that customers can reach; tests of one that they cannot say so.
PUBLIC_URL = "https://wa.gayanusantara.example"
