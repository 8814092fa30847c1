"""Each of allauth's pages has our look and words, or answers 404."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse
from django.utils import translation
from tests.cases import each

from wabolt.accounts import services
from wabolt.accounts.models import Membership, User
from wabolt.accounts.sign_in_urls import OPEN, urlpatterns
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in

pytestmark = pytest.mark.django_db
GOOD, BETTER = "kopi-tubruk-panas", "teh-poci-hangat"
SECOND_STEP = ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes")


@pytest.fixture
def owner() -> User:
    user = make_member(make_workspace())
    user.set_password(GOOD)
    user.save()
    return user


@pytest.fixture
def client(owner: User) -> Client:
    client = Client()
    client.post("/account/login/", {"login": owner.email, "password": GOOD})
    assert client.session["_auth_user_id"] == str(owner.pk)
    return client


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_pages_that_we_do_not_have_are_not_there(client: Client) -> None:
    closed = {
        "account_email": {}, "account_email_verification_sent": {}, "account_confirm_login_code": {},
        "account_confirm_email": {"key": "abc"}, "account_reset_password_done": {},
        "account_reset_password_from_key_done": {}, "account_reset_password_from_key": {"uidb36": "1", "key": "a-b"},
    }  # fmt: skip
    known = {pattern.name for pattern in urlpatterns if hasattr(pattern, "name")}
    assert known == set(closed) | OPEN | {"account_reset_password"}
    for name, parameters in closed.items():
        address = reverse(name, kwargs=parameters)
        assert client.get(address).status_code == client.post(address).status_code == 404, name


@each("language", ["id", "en"], undone=True)
def test_pages_are_in_the_shell_in_both_languages(client: Client, owner: User, language: str) -> None:
    owner.language = language
    owner.save()
    again = client.get(reverse("mfa_activate_totp"), follow=True).request
    assert again["PATH_INFO"] == "/account/reauthenticate/"
    form = {"password": GOOD, "next": reverse("mfa_activate_totp")}
    page = client.post("/account/reauthenticate/", form, follow=True).content.decode()
    assert 'class="wb-top"' in page
    assert "data:image/svg+xml" in page
    totp.TOTP.activate(owner, totp.generate_totp_secret())
    RecoveryCodes.activate(owner)
    names = ("account_change_password", "account_logout", "account_reauthenticate", *SECOND_STEP, "mfa_deactivate_totp")
    for name in names:
        page = client.get(reverse(name), follow=True).content.decode()
        assert 'class="wb-top"' in page, name
        assert "wb-page-header" in page, name
        assert " Anda" not in words(page), name
        assert 'placeholder="' not in page.split("<main")[1], name


def test_login_page_speaks_our_words() -> None:
    make_member(make_workspace())
    with translation.override("id"):
        page = Client().get("/account/login/").content.decode()
    page_words = words(page)
    assert "Tetap masuk di perangkat ini" in page_words
    assert "Lupa kata sandi?" in page_words
    assert "Anda" not in page_words
    assert "placeholder" not in page
    refused = Client().post("/account/login/", {"login": "x@example.com", "password": "salah"})
    page_words = words(refused.content.decode())
    assert "Email atau kata sandinya belum cocok" in page_words


def test_changing_the_password_leads_back_and_says_so(client: Client, owner: User) -> None:
    wrong = {"oldpassword": "salah", "password1": "12345", "password2": "12345"}
    told = words(client.post("/account/password/change/", wrong).content.decode())
    assert "Kata sandi sekarang belum benar" in told
    assert "terlalu pendek: minimal 10 huruf" in told
    answer = client.post(
        "/account/password/change/", {"oldpassword": GOOD, "password1": BETTER, "password2": BETTER}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("accounts:profile")
    assert "Kata sandi sudah diganti" in words(answer.content.decode())
    owner.refresh_from_db()
    assert owner.check_password(BETTER)
    assert client.get("/settings/").status_code == 200  # this device stays signed in


def test_who_came_by_a_link_sets_a_first_password(owner: User) -> None:
    owner.set_unusable_password()
    owner.save()
    client = Client()
    sign_in(client, owner)
    page = client.get("/account/password/change/", follow=True)
    assert page.redirect_chain[-1][0] == "/account/password/set/"
    assert "Buat kata sandi" in words(page.content.decode())


def test_user_without_a_shop_can_sign_out(client: Client, owner: User) -> None:
    membership = Membership.objects.get(user=owner)
    second = make_member(membership.workspace, "owner", "dua@example.com")
    services.remove_member(membership=membership, by=second)
    for name in ("account_logout", "account_change_password", "mfa_index"):
        assert client.get(reverse(name), follow=True).status_code == 200


def test_forgotten_password_says_the_command() -> None:
    page = Client().get("/account/password/reset/").content.decode()
    assert "wabolt user password" in page
    assert Client().post("/account/password/reset/", {"email": "x@example.com"}).status_code == 405


@each("address", ["/profile/", "/account/2fa/", "/account/logout/"], undone=True)
def test_ones_own_pages_belong_to_the_settings(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    side = page.split('class="wb-side"')[1].split("</nav>")[0]
    assert re.search(r'href="/settings/" class="is-active"', side)
