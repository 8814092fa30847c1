"""Pages under "Settings": access, content and refusals."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal.auth import TOTP
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts import services
from wabolt.accounts.cli import user_group
from wabolt.accounts.models import ApiKey, AuditEntry, Invitation, Membership, User
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in, signed_in

pytestmark = pytest.mark.django_db
PAGES = {
    "/settings/": "viewer",
    "/profile/": "viewer",
    "/workspaces/": "viewer",
    "/settings/audit/": "manager",
    "/settings/shop/": "owner",
    "/settings/team/": "owner",
    "/settings/api-keys/": "owner",
}
ROLES = ("viewer", "agent", "manager", "owner")


def test_roles_open_what_they_may() -> None:
    """Each page is opened by the lowest role that may, and refused to the role below. A link of the page of settings
    is opened by the lowest role that sees it."""
    workspace, seen = make_workspace(), set()
    clients = {role: signed_in(workspace, role) for role in ROLES}
    for page, needed in PAGES.items():
        assert clients[needed].get(page).status_code == 200, page
        if needed != ROLES[0]:
            assert clients[ROLES[ROLES.index(needed) - 1]].get(page).status_code == 403, page
    for client in clients.values():
        links = set(re.findall(r'class="wb-list-row" href="([^"]+)"', client.get("/settings/").content.decode()))
        assert seen <= links, "a higher role sees at least as much"
        assert [link for link in links - seen if client.get(link).status_code != 200] == []
        seen |= links
    assert len(seen) > 10


def test_visitors_are_sent_to_sign_in() -> None:
    make_member(make_workspace())
    for page in PAGES:
        assert Client().get(page).headers["Location"].startswith("/account/login/?next=")


def test_shop_settings_are_saved_and_wrong_ones_refused() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    good = {"name": "Toko Baru", "timezone": "Asia/Jayapura", "language": "en", "currency": "IDR"}
    assert client.post("/settings/shop/", good).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.name, workspace.timezone, workspace.language) == ("Toko Baru", "Asia/Jayapura", "en")
    assert client.post("/settings/shop/", {**good, "is_demo": "1", "timezone": "Mars/Base"}).status_code == 422
    assert "Shop" in client.get("/settings/shop/").content.decode()


def test_profile_language_wins_over_the_shops() -> None:
    client = signed_in(make_workspace(language="en"))
    assert "My account" in client.get("/profile/").content.decode()
    client.post("/profile/", {"name": "<script>alert(1)</script>", "language": "id"})
    page = client.get("/profile/").content.decode()
    assert "Akun saya" in page
    assert "<script>alert" not in page
    assert User.objects.get().language == "id"


def test_invitation_link_shows_once_ready_to_send() -> None:
    client = signed_in(make_workspace())
    client.post("/settings/team/", {"name": "Rudi", "role": "agent"})
    page = client.get("/settings/team/").content.decode()
    link = re.search(r"<code>https://wa.gayanusantara.example(/undangan/[^<]+)</code>", page)
    assert link
    assert "https://wa.me/?text=" in page
    assert Client().get(link[1]).status_code == 200
    again = client.get("/settings/team/").content.decode()
    assert link[1] not in again
    assert "Rudi" in again
    client.post(f"/settings/invitations/{Invitation.objects.get().pk}/revoke/")
    assert Client().get(link[1]).status_code == 410


def test_team_changes_and_its_refusals() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    me, agent = Membership.objects.get(), Membership.objects.get(user=make_member(workspace, "agent"))
    client.post(f"/settings/team/{agent.pk}/role/", {"role": "manager"})
    agent.refresh_from_db()
    assert agent.role == "manager"
    client.post(f"/settings/team/{agent.pk}/role/", {"role": "king"})
    client.post(f"/settings/team/{me.pk}/role/", {"role": "viewer"})
    client.post(f"/settings/team/{me.pk}/remove/")
    me.refresh_from_db()
    assert me.role == "owner"
    page = client.get(f"/settings/team/{agent.pk}/remove/")
    assert page.status_code == 200
    client.post(f"/settings/team/{agent.pk}/remove/")
    assert Membership.objects.count() == 1


def test_api_key_shows_once() -> None:
    client = signed_in(make_workspace())
    client.post("/settings/api-keys/", {"name": "Kasir", "role": "agent"})
    page = client.get("/settings/api-keys/").content.decode()
    secret = re.search(r"<code>(wab_[\w-]{40,})</code>", page)
    assert secret
    assert secret[1] not in client.get("/settings/api-keys/").content.decode()
    key = ApiKey.objects.get()
    assert AuditEntry.objects.get(action="api_key.create").ip == "127.0.0.1"
    client.post(f"/settings/api-keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_ids_of_another_workspace_are_not_found() -> None:
    other = make_workspace("Lain")
    stranger = make_member(other)
    membership = Membership.objects.get(user=stranger)
    invitation, _path = services.invite(workspace=other, name="R", role="agent", by=stranger)
    key, _secret = services.create_api_key(workspace=other, name="K", created_by=stranger)
    client = signed_in(make_workspace())
    for path in (
        f"/settings/team/{membership.pk}/role/",
        f"/settings/team/{membership.pk}/remove/",
        f"/settings/invitations/{invitation.pk}/revoke/",
        f"/settings/api-keys/{key.pk}/revoke/",
    ):
        assert client.post(path, {"role": "viewer"}).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
    assert Membership.objects.filter(user=stranger, role="owner").exists()


def test_audit_is_paged_escaped_and_of_one_workspace() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    for number in range(120):
        services.record_audit(
            workspace=workspace, actor=services.Actor("<b>Sari</b>"), action=f"x.{number:03}", data={"n": number}
        )
    services.record_audit(workspace=other, actor=services.Actor("Asing"), action="secret.thing")
    client = signed_in(workspace, "manager")
    rows: list[str] = []
    address = "/settings/audit/"
    while address:
        page = client.get(address).content.decode()
        assert "&lt;b&gt;Sari" in page
        assert "secret.thing" not in page
        rows += re.findall(r"x\.\d{3}", page)
        found = re.search(r'href="(/settings/audit/\?before=\d+)"', page)
        address = found[1] if found else ""
    assert rows == [f"x.{number:03}" for number in reversed(range(120))]
    assert client.get("/settings/audit/?before=abc").status_code == 200
    assert client.get(f"/settings/audit/?before={'9' * 40}").status_code == 200


def test_what_became_of_a_persons_way_in_shows_in_the_shops_they_work_in() -> None:
    first, second, other = make_workspace(), make_workspace("Cabang"), make_workspace("Lain")
    person = make_member(first, "agent", "sari@example.com")
    Membership.objects.create(workspace=second, user=person, role="agent")
    services.set_password(email=person.email, password="kata sandi yang panjang")
    services.reset_second_factor(email=person.email)
    for workspace in (first, second):
        page = signed_in(workspace, "manager").get("/settings/audit/").content.decode()
        assert "Kata sandi baru dari baris perintah" in page
        assert "sari@example.com" in page
    assert "Kata sandi baru" not in signed_in(other, "manager").get("/settings/audit/").content.decode()
    nobody = make_member(first, "agent", "bekas@example.com")
    nobody.memberships.all().delete()
    services.set_password(email=nobody.email, password="kata sandi yang panjang")
    assert AuditEntry.objects.get(target_id=nobody.pk, action="user.set_password").workspace is None


def test_what_a_person_does_to_their_own_way_in_is_written_down() -> None:
    workspace = make_workspace()
    person = make_member(workspace, "agent")
    client = Client()
    sign_in(client, person)
    new = "kata sandi yang lebih panjang"
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": "rahasia-sekali", "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    secret = TOTP.activate(person, "JBSWY3DPEHPK3PXP").instance
    authenticator_added.send(Authenticator, request=None, user=person, authenticator=secret)
    told = AuditEntry.objects.filter(workspace=workspace, target_id=person.pk).order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        "user.change_password", "user.add_second_factor",
    ]  # fmt: skip


def test_lists_ask_as_often_for_three_rows_as_for_one() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    owner = User.objects.get()
    counts = []
    for rows in (1, 2):
        for number in range(rows):
            make_member(workspace, "agent", f"a{rows}{number}@example.com")
            services.invite(workspace=workspace, name="R", role="agent", by=owner)
            services.create_api_key(workspace=workspace, name="K", created_by=owner)
        for page in ("/settings/team/", "/settings/audit/", "/settings/api-keys/"):
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                client.get(page)
            counts.append(len(captured))
    assert counts[:3] == counts[3:]


def test_command_line_lists_people_and_sets_a_password() -> None:
    workspace = make_workspace()
    user = make_member(workspace)
    runner = CliRunner()
    assert f"{user.email}\t\tGaya Nusantara (Pemilik)" in runner.invoke(user_group, ["list"]).output
    result = runner.invoke(user_group, ["password", user.email], input="kopi-tubruk-panas\nkopi-tubruk-panas\n")
    assert result.exit_code == 0, result.output
    user.refresh_from_db()
    assert user.check_password("kopi-tubruk-panas")
    assert runner.invoke(user_group, ["password", user.email, "--password", "abc"]).exit_code == 1
    assert "Tidak ada yang masuk" in runner.invoke(user_group, ["password", "x@y.z", "--password", "a" * 20]).output
    assert runner.invoke(user_group, ["reset-2fa", user.email]).exit_code == 0
