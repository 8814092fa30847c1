"""Set-up, demo link, invitation, sign-in and second factor."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from tests.cases import each

from wabolt.accounts import queries, services
from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in

pytestmark = pytest.mark.django_db
GOOD = "kopi-tubruk-panas"
ANSWERS = {"shop": "Gaya Nusantara", "name": "Sari", "email": "sari@example.com", "password": GOOD,
           "timezone": "Asia/Makassar"}  # fmt: skip


def test_first_visit_leads_to_setup() -> None:
    assert Client().get("/account/login/").headers["Location"] == "/setup/"


def test_setup_makes_owner_and_shop_and_signs_in() -> None:
    client, claim = Client(), f"/setup/?token={queries.setup_token()}"
    assert client.get("/setup/").status_code == 403
    assert client.get("/setup/?token=salah").status_code == 403
    assert client.post("/setup/", ANSWERS).status_code == 403
    assert not User.objects.exists()
    assert client.get(claim).status_code == 200
    assert client.post(claim, ANSWERS).headers["Location"] == "/"
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.timezone, workspace.is_demo) == ("Gaya Nusantara", "Asia/Makassar", False)
    assert client.get("/settings/").status_code == 200
    assert queries.team(workspace)[0].user.email == "sari@example.com"


def test_setup_is_closed_once_there_is_an_owner() -> None:
    claim = f"/setup/?token={queries.setup_token()}"
    Client().post(claim, ANSWERS)
    assert Client().get(claim).headers["Location"] == "/account/login/"
    assert Client().post(claim, {**ANSWERS, "email": "x@example.com"}).headers["Location"] == "/account/login/"
    assert User.objects.count() == 1


@each("wrong", [{"password": "password12"}, {"email": "bukan"}, {"shop": "\u200b"}, {"timezone": "X"}], undone=True)
def test_setup_says_what_is_wrong_and_makes_nothing(wrong: dict[str, str]) -> None:
    response = Client().post(f"/setup/?token={queries.setup_token()}", {**ANSWERS, **wrong})
    assert response.status_code == 422
    assert "wb-error" in response.content.decode()
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


def test_demo_link_signs_in_in_one_click_and_once() -> None:
    path = services.make_sign_in_link(make_member(make_workspace(is_demo=True)))
    client = Client()
    assert client.head(path).status_code == 405
    assert client.get(path).headers["Location"] == "/"
    assert client.get("/settings/").status_code == 200
    assert client.get(path).headers["Location"] == "/"
    other = Client().get(path)
    assert other.status_code == 410
    assert other.headers["Cache-Control"].startswith("max-age=0")


def test_invited_person_joins_and_is_signed_in() -> None:
    workspace = make_workspace("Toko <b>Sari</b>")
    _invitation, path = services.invite(
        workspace=workspace, name="<i>Rudi</i>", role="agent", by=make_member(workspace)
    )
    client = Client()
    page = client.get(path).content.decode()
    assert "Toko &lt;b&gt;Sari&lt;/b&gt;" in page
    assert "<i>Rudi" not in page
    wrong = client.post(path, {"name": "Rudi", "email": "rudi@example.com", "password": "rudi"})
    assert wrong.status_code == 422
    assert client.post(path, {"name": "Rudi", "email": "rudi@example.com", "password": GOOD}).status_code == 302
    assert client.get("/settings/").status_code == 200
    assert client.get("/settings/team/").status_code == 403
    assert Client().get(path).status_code == 410


def test_signed_in_person_joins_a_second_shop_and_goes_there() -> None:
    workspace = make_workspace("Kedua")
    _invitation, path = services.invite(workspace=workspace, name="Rudi", role="viewer", by=make_member(workspace))
    client = signed_in(make_workspace("Pertama"))
    client.post(path)
    assert "Kedua" in client.get("/settings/").content.decode()
    client.post(path)
    assert Membership.objects.filter(workspace=workspace).count() == 2


def test_member_of_nothing_is_told_so_and_loses_access_at_once() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    client = signed_in(workspace, "agent")
    services.remove_member(membership=Membership.objects.get(role="agent"), by=owner)
    assert client.get("/settings/").headers["Location"] == "/no-workspace/"
    assert client.get("/no-workspace/").status_code == 200
    assert Client().get("/no-workspace/").status_code == 302


def test_switching_goes_only_where_one_belongs() -> None:
    mine, other, foreign = make_workspace("Satu"), make_workspace("Dua"), make_workspace("Asing")
    client = signed_in(mine)
    user = User.objects.get()
    assert "/workspaces/" not in client.get("/settings/").content.decode()
    Membership.objects.create(workspace=other, user=user, role="viewer")
    assert "/workspaces/" in client.get("/settings/").content.decode()
    assert client.get("/workspaces/").status_code == 200
    for bad in (foreign.pk, "x", "", "9" * 30):
        assert client.post("/workspaces/", {"workspace": bad}).status_code == 404
    assert client.post("/workspaces/", {"workspace": other.pk}).status_code == 302
    assert client.get("/settings/shop/").status_code == 403


def test_login_page_is_ours_and_indonesian() -> None:
    make_member(make_workspace())
    page = Client(headers={"accept-language": "id"}).get("/account/login/").content.decode()
    assert "wb-bare" in page
    assert "Lupa kata sandi" in page
    assert "Tetap masuk" in page


def test_too_many_wrong_passwords_are_stopped(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "8/m/ip"}
    cache.clear()
    user = make_member(make_workspace())
    client = Client()
    for _attempt in range(5):
        assert client.post("/account/login/", {"login": user.email, "password": "salah"}).status_code == 200
    refused = client.post("/account/login/", {"login": user.email, "password": "rahasia-sekali"})
    assert "sessionid" not in client.cookies
    assert "Terlalu sering salah" in refused.content.decode()
    for _attempt in range(3):
        last = client.post("/account/login/", {"login": "lain@example.com", "password": "salah"})
    assert last.status_code == 429
    cache.clear()


def test_second_step_is_asked_for() -> None:
    user = make_member(make_workspace())
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user)
    client = Client()
    page = client.post("/account/login/", {"login": user.email, "password": "rahasia-sekali"}, follow=True)
    assert page.request["PATH_INFO"] == "/account/2fa/authenticate/"
    assert "wb-bare-main" in page.content.decode()
    assert client.get("/settings/").status_code == 302
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/settings/").status_code == 200
    for path in (
        "/account/2fa/",
        "/account/2fa/recovery-codes/",
        "/account/2fa/recovery-codes/generate/",
        "/account/2fa/totp/deactivate/",
    ):
        assert "wb-page-header" in client.get(path, follow=True).content.decode()
    assert len(codes.get_unused_codes()) == 10
