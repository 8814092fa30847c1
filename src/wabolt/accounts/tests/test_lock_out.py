"""Too many wrong passwords lock an account for strangers, and not for a device on which its owner has signed in."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from tests.cases import each

from wabolt.accounts.devices import COOKIE
from wabolt.accounts.models import AuditEntry, User
from wabolt.accounts.services import forget_attempts, forget_sessions
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib import clock
from wabolt.lib.clock_set import wall_clock_set_back

pytestmark = pytest.mark.django_db
PASSWORD = "rahasia-sekali"
HOME, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@pytest.fixture
def owner() -> User:
    return make_member(make_workspace())


def attempt(client: Client, login: str, password: str, address: str = HOME) -> bool:
    """Returns whether this attempt succeeded."""
    client.post(reverse("account_login"), {"login": login, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in client.session


def device_of(owner: User) -> Client:
    """A browser in which the owner has signed in and out again."""
    client = Client()
    assert attempt(client, owner.email, PASSWORD)
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session
    return client


def lock(login: str, address: str = ELSEWHERE) -> None:
    client = Client()
    for number in range(6):
        assert not attempt(client, login, f"tebakan-{number}", address)


@pytest.mark.parametrize("address", [ELSEWHERE, HOME], ids=["from elsewhere", "from the same address"])
def test_lock_out_does_not_lock_out_the_known_device(owner: User, address: str) -> None:
    device = device_of(owner)
    lock(owner.email, address)
    assert not attempt(Client(), owner.email, PASSWORD, address)
    assert attempt(device, owner.email, PASSWORD)


def test_known_device_of_one_is_unknown_to_another(owner: User) -> None:
    other = make_member(make_workspace("Lain"), "owner", "lain@example.com")
    device = device_of(other)
    lock(owner.email)
    assert not attempt(device, owner.email, PASSWORD)


def test_known_device_has_a_limit_of_its_own(owner: User) -> None:
    device = device_of(owner)
    for number in range(5):
        assert not attempt(device, owner.email, f"tebakan-{number}")
    assert not attempt(device, owner.email, PASSWORD)
    assert attempt(Client(), owner.email, PASSWORD, ELSEWHERE)


def test_forged_cookie_is_no_device(owner: User) -> None:
    lock(owner.email)
    let_in = []
    for cookie in ("", "x", "WyJhIixbXV0:1:abc", "\u00e9", "null", "[1]"):
        client = Client()
        client.cookies[COOKIE] = cookie
        if attempt(client, owner.email, PASSWORD):
            let_in.append(cookie)
    assert let_in == []


def test_cookie_is_for_the_server_alone_and_names_no_person(owner: User) -> None:
    morsel = device_of(owner).cookies[COOKIE]
    assert (bool(morsel["httponly"]), morsel["samesite"]) == (True, "Lax")
    assert owner.email not in morsel.value


def test_frequent_sign_ins_lock_no_account(owner: User) -> None:
    device = device_of(owner)
    for _time in range(8):
        assert attempt(device, owner.email, PASSWORD)
        device.post(reverse("account_logout"))


def test_a_flood_of_guesses_leaves_few_entries(owner: User) -> None:
    for _round in range(2):
        lock(owner.email)
    lock("orang-karangan@example.com")
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions.count("user.locked_out") == 1
    assert actions.count("user.sign_in_failed") == 5


def test_guesses_for_other_accounts_end_no_lock_out(owner: User, settings: Settings) -> None:
    """The counts are in the database's cache, which deletes some of them when it is full."""
    settings.CACHES = {**settings.CACHES, "default": settings.DATABASE_CACHE}
    lock(owner.email)
    with connection.cursor() as cursor:  # more than Django's limit of 300; the next value would delete some
        cursor.execute(
            "INSERT INTO site_cache (cache_key, value, expires)"
            " SELECT ':1:~' || n, value, expires FROM generate_series(1, 310) n, (SELECT * FROM site_cache LIMIT 1) one"
        )
    cache.set("~", [1.0], 300)  # keys are deleted in their order; these come last
    assert not attempt(Client(), owner.email, PASSWORD)
    assert forget_attempts() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE site_cache SET expires = expires - interval '2 days'")
    assert forget_attempts() > 310


def test_clock_that_is_set_back_does_not_prolong_a_lock_out(owner: User) -> None:
    """allauth counts attempts by the wall clock: those of the hour that comes again would count until it is over."""
    lock(owner.email)
    assert not attempt(Client(), owner.email, PASSWORD)
    wall_clock_set_back.send(None, by=timedelta(hours=1))
    assert attempt(Client(), owner.email, PASSWORD)


@each("hours", [1, -1], undone=True)
def test_changed_clock_ends_no_session(owner: User, hours: int) -> None:
    client = Client()
    assert attempt(client, owner.email, PASSWORD)
    session = Session.objects.get(session_key=client.session.session_key)
    session.expire_date -= timedelta(hours=hours)
    session.save()
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_sessions_that_have_ended_are_deleted(owner: User) -> None:
    assert attempt(Client(), owner.email, PASSWORD)
    assert forget_sessions() == 0
    Session.objects.update(expire_date=clock.now() - timedelta(days=2))
    assert forget_sessions() == 1
