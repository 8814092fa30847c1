"""The settings of the tests, with the sample room."""

from wabolt.site.settings_test import *  # noqa: F403
from wabolt.site.settings_test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.wishes"]
ROOT_URLCONF = "tests.wishes.site_urls"
