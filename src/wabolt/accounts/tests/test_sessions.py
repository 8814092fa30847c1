"""Keys of sessions: those of the store, and any others that a browser can send."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import override_settings
from django.utils import timezone
from tests.cases import each

from wabolt.accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def _stored() -> str:
    session = SessionStore()
    session["workspace"] = 7
    session.save()
    assert session.session_key
    return session.session_key


def test_a_session_is_read_with_its_data() -> None:
    again = SessionStore(_stored())
    assert again["workspace"] == 7
    assert dict(again.items()) == {"workspace": 7}


def test_an_expired_session_is_no_session_and_its_key_is_not_used_again() -> None:
    key = _stored()
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    expired = SessionStore(key)
    assert expired.load() == {}
    assert expired.session_key is None
    expired["workspace"] = 8
    expired.save()
    assert expired.session_key not in {None, key}


@each("key", ["", "a" * 32, "a\0b", "é" * 32, "' OR 1=1 --", "a" * 5000, None], undone=True)
def test_any_other_key_is_no_session(key: str | None) -> None:
    assert SessionStore(key).load() == {}


def test_data_that_was_signed_with_another_secret_is_no_session() -> None:
    key = _stored()
    with override_settings(SECRET_KEY="another" * 8):
        assert SessionStore(key).load() == {}
