"""Settings of the test suite. They start PostgreSQL, because pytest-django reads the settings before any conftest.

Each worker of pytest-xdist has its own server. An open transaction holds the horizon of the event log back in all
databases of a server, so a slow test of one worker would stop the consumers in the tests of the others.
"""

import os
import sys
from pathlib import Path

from wabolt.site.tests.clusters import started

# A worker inherits the variables of the process that started it, also the address of that one's server.
if "DATABASE_URL" not in os.environ or (
    os.environ.get("WABOLT_TEST_CLUSTER") == "database" and "PYTEST_XDIST_WORKER" in os.environ
):
    test_home = Path(os.environ.setdefault("WABOLT_HOME", str(Path.cwd() / ".test-home")))
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    os.environ["WABOLT_TEST_CLUSTER"] = f"database-{worker}" if worker else "database"
    test_cluster = started(test_home / os.environ["WABOLT_TEST_CLUSTER"])
    os.environ["DATABASE_URL"] = test_cluster.url()

os.environ["WABOLT_UPDATE_URL"] = "off"  # also for the processes that tests start
# These are installations. With the settings of the suite each would start a server in its home folder.
os.environ["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"

from wabolt.site.settings import *  # noqa: F403
from wabolt.site.settings import CACHES, DATABASES, MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
# The name can be set, so that several suites can run at once.
DATABASES["default"]["TEST"] = {"NAME": f"test_{os.environ.get('WABOLT_TEST_DB', 'wabolt')}"}
BACKUP_COMMAND = [sys.executable, "-c", ""]  # a test with the clock in the future must not start a backup
# An address that customers can reach; tests of the opposite override it.
PUBLIC_URL = "https://wa.gayanusantara.example"
MIDDLEWARE = [
    "wabolt.site.tests.static_files.KeptFiles" if name == "whitenoise.middleware.WhiteNoiseMiddleware" else name
    for name in MIDDLEWARE
]
