"""Attacks on the sign-in: session fixation, guesses of the second factor, and invitations of others."""

from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from tests.cases import each

from wabolt.accounts import services
from wabolt.accounts.models import Membership, User
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
PASSWORD = "rahasia-sekali"
OWN = "193.0.2.9"


@pytest.fixture
def owner() -> User:
    return make_member(make_workspace())


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def sign_in(client: Client, user: User, address: str = OWN) -> Any:
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, REMOTE_ADDR=address)


def forget_short_limit(user: User) -> None:
    """Removes the counts of allauth's five attempts in five minutes, as the passing of time does."""
    from allauth.core import context, ratelimit
    from django.test import RequestFactory

    with context.request_context(RequestFactory().post("/", REMOTE_ADDR=OWN)):
        for key in (f"mfa-auth-user-{user.pk}", user.email):
            ratelimit.clear(context.request, action="login_failed", key=key)


@each(
    "place",
    ["//penipu.example/", "https://penipu.example/", "/\\penipu.example/", "\\\\penipu.example", "javascript:alert(1)",
     "/\t/penipu.example/", "http:///penipu.example/", "https:penipu.example", "//penipu.example@testserver/"],
    undone=True,
)  # fmt: skip
def test_a_sign_in_leads_to_no_other_site(owner: User, place: str) -> None:
    answer = Client().post(reverse("account_login"), {"login": owner.email, "password": PASSWORD, "next": place})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    signed_in = Client()
    sign_in(signed_in, owner)
    asked_again = signed_in.get(reverse("account_login"), {"next": place})
    assert (asked_again.status_code, asked_again["Location"]) == (302, "/")


class TestSessions:
    def test_a_session_from_before_the_sign_in_opens_nothing(self, owner: User) -> None:
        """The attacker gives the victim a session key, and waits until the victim has signed in with it."""
        attacker, victim = Client(), Client()
        session = attacker.session
        session["planted"] = "yes"
        session.save()
        attacker.cookies["sessionid"] = victim.cookies["sessionid"] = session.session_key or ""
        sign_in(victim, owner)
        assert is_in(victim)
        assert victim.cookies["sessionid"].value != session.session_key
        assert not is_in(attacker)

    def test_an_invented_key_becomes_no_session(self, owner: User) -> None:
        victim = Client()
        victim.cookies["sessionid"] = "a" * 32
        sign_in(victim, owner)
        assert is_in(victim)
        assert not Session.objects.filter(pk="a" * 32).exists()

    def test_a_new_person_and_a_demo_link_change_the_key_too(self, owner: User) -> None:
        workspace = owner.memberships.get().workspace
        _invitation, path = services.invite(workspace=workspace, name="Sari", role="agent", by=owner)
        attacker, victim = Client(), Client()
        session = attacker.session
        session["planted"] = "yes"
        session.save()
        attacker.cookies["sessionid"] = victim.cookies["sessionid"] = session.session_key or ""
        victim.post(path, {"name": "Sari", "email": "sari@toko.id", "password": "kopi-tubruk-panas"})
        assert is_in(victim)
        assert not is_in(attacker)

    def test_a_session_ends_with_the_sign_out(self, owner: User) -> None:
        client, thief = Client(), Client()
        sign_in(client, owner)
        thief.cookies["sessionid"] = client.cookies["sessionid"].value
        assert is_in(thief)
        client.post(reverse("account_logout"))
        assert not is_in(thief)


class TestSecondFactor:
    @pytest.fixture
    def protected(self, owner: User) -> User:
        self.secret = totp.generate_totp_secret()
        totp.TOTP.activate(owner, self.secret)
        return owner

    def right_code(self) -> str:
        return totp.format_hotp_value(totp.hotp_value(self.secret, next(iter(totp.yield_hotp_counters_from_time()))))

    def used_codes(self, user: User) -> list[str]:
        """The cache keys by which a code works once; removed as by the passing of time."""
        return [f"allauth.mfa.totp.used?user={user.pk}&code={self.right_code()}"]

    def guess(self, user: User, code: str, address: str) -> bool:
        """Tries a code in a new session. Returns whether it signed the session in."""
        client = Client()
        assert sign_in(client, user, address).headers["Location"] == reverse("mfa_authenticate")
        client.post(reverse("mfa_authenticate"), {"code": code}, REMOTE_ADDR=address)
        return is_in(client)

    def test_guesses_count_for_the_account_and_not_for_the_session(self, protected: User) -> None:
        for number in range(5):
            assert not self.guess(protected, "000000", f"198.51.100.{number}")
        assert not self.guess(protected, self.right_code(), "198.51.100.77")

    def test_guesses_of_a_day_are_limited_and_a_known_device_is_not_locked_out(
        self, protected: User, settings: Settings
    ) -> None:
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "second_factor": "7/d/key"}
        device = Client()
        sign_in(device, protected)
        device.post(reverse("mfa_authenticate"), {"code": self.right_code()}, REMOTE_ADDR=OWN)
        assert is_in(device)
        device.post(reverse("account_logout"))
        for number in range(7):
            forget_short_limit(protected)
            assert not self.guess(protected, "000000", f"198.51.100.{number}")
        forget_short_limit(protected)
        cache.delete_many(self.used_codes(protected))
        assert not self.guess(protected, self.right_code(), "198.51.100.77")
        forget_short_limit(protected)
        cache.delete_many(self.used_codes(protected))
        sign_in(device, protected)
        device.post(reverse("mfa_authenticate"), {"code": self.right_code()}, REMOTE_ADDR=OWN)
        assert is_in(device)


class TestInvitations:
    def test_a_member_cannot_raise_their_own_role_with_the_link_of_another(self, owner: User) -> None:
        workspace = owner.memberships.get().workspace
        agent = make_member(workspace, "agent", "agen@toko.id")
        _invitation, path = services.invite(workspace=workspace, name="Adik", role="owner", by=owner)
        client = Client()
        client.force_login(agent)
        assert client.post(path).status_code == 422
        assert Membership.objects.get(user=agent).role == "agent"
        assert Client().get(path).status_code == 200, "the link stays usable for its person"

    def test_the_form_cannot_choose_the_role(self, owner: User) -> None:
        workspace = owner.memberships.get().workspace
        _invitation, path = services.invite(workspace=workspace, name="Sari", role="viewer", by=owner)
        answers = {
            "name": "S",
            "email": "sari@toko.id",
            "password": "kopi-tubruk-panas",
            "role": "owner",
            "workspace": 1,
        }
        Client().post(path, answers)
        assert Membership.objects.get(user__email="sari@toko.id").role == "viewer"

    @pytest.mark.parametrize("email", ["SARI@TOKO.ID", " sari@toko.id ", "Sari@Toko.id"])
    def test_another_spelling_of_an_e_mail_takes_over_no_account(self, owner: User, email: str) -> None:
        sari = make_member(make_workspace("Lain"), "owner", "sari@toko.id")
        workspace = owner.memberships.get().workspace
        _invitation, path = services.invite(workspace=workspace, name="Sari", role="viewer", by=owner)
        client = Client()
        page = client.post(path, {"name": "S", "email": email, "password": "kopi-tubruk-panas"})
        assert page.status_code == 422
        assert not is_in(client)
        sari.refresh_from_db()
        assert sari.check_password(PASSWORD)

    def test_an_e_mail_that_was_taken_meanwhile_is_told(self, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another person with this e-mail is stored after the look-up and before the insert."""
        workspace = owner.memberships.get().workspace
        _invitation, path = services.invite(workspace=workspace, name="Sari", role="viewer", by=owner)

        def taken(*_arguments: object, **_more: object) -> None:
            make_member(make_workspace("Lain"), "owner", "sari@toko.id")

        monkeypatch.setattr("wabolt.accounts.services.links.validate_password", taken)
        with pytest.raises(DomainError) as refused:
            services.accept_invitation(
                token=path.rstrip("/").rsplit("/", 1)[1], email="sari@toko.id", name="S", password="kopi-tubruk-panas"
            )
        assert refused.value.code == "known"
