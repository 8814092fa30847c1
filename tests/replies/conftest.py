"""The fixtures of automatic replies."""

from wabolt.autoreply.tests.conftest import channel, club, now  # noqa: F401 - fixtures
