"""Every event that an owner must be able to look up later leaves an audit entry. Each test performs one event on its
page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from wabolt.accounts import services
from wabolt.accounts.audit_text import describe
from wabolt.accounts.models import ApiKey, AuditEntry, Invitation, Membership, User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.contacts.models import Contact, Tag
from wabolt.contacts.services import add_tags
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import
from wabolt.lib import clock
from wabolt.lib.restore import Restore, database_restored

pytestmark = pytest.mark.django_db
PASSWORD, BETTER = "rahasia-sekali", "teh-poci-hangat"


@pytest.fixture(autouse=True)
def _no_earlier_attempts() -> None:
    cache.clear()


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return make_member(workspace)


class Shop:
    """A shop, its owner, and a browser in which the owner is signed in."""

    def __init__(self, workspace: Workspace, owner: User) -> None:
        self.workspace, self.owner, self.client = workspace, owner, Client()
        self.client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})

    def post(self, route: str, *arguments: object, **answers: object) -> None:
        answer = self.client.post(reverse(route, args=arguments), answers)
        assert answer.status_code in {200, 302}, (route, answer.status_code, answer.content[:300])

    def member(self) -> Membership:
        return Membership.objects.get(user=make_member(self.workspace, "agent", "rudi@example.com"))


def _sign_in_failed(shop: Shop) -> None:
    Client().post(reverse("account_login"), {"login": shop.owner.email, "password": "salah"})


def _locked_out(shop: Shop) -> None:
    for number in range(6):
        Client().post(reverse("account_login"), {"login": shop.owner.email, "password": f"salah-{number}"})


def _second_step(shop: Shop) -> None:
    totp.TOTP.activate(shop.owner, totp.generate_totp_secret())
    RecoveryCodes.activate(shop.owner)


def _wrong_code(shop: Shop) -> None:
    _second_step(shop)
    browser = Client()
    browser.post(reverse("account_login"), {"login": shop.owner.email, "password": PASSWORD})
    browser.post(reverse("mfa_authenticate"), {"code": "000000"})


def _second_step_on(shop: Shop) -> None:
    shop.post("account_reauthenticate", password=PASSWORD)
    secret = shop.client.get(reverse("mfa_activate_totp")).context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    shop.post("mfa_activate_totp", code=code)


def _second_step_off(shop: Shop) -> None:
    _second_step(shop)
    shop.post("account_reauthenticate", password=PASSWORD)
    shop.post("mfa_deactivate_totp")


def _new_codes(shop: Shop) -> None:
    _second_step(shop)
    shop.post("account_reauthenticate", password=PASSWORD)
    shop.post("mfa_generate_recovery_codes")


def _revoke_key(shop: Shop) -> None:
    shop.post("accounts:api_keys", name="Kasir", role="viewer")
    shop.post("accounts:revoke_api_key", ApiKey.objects.get().pk)


def _revoke_invitation(shop: Shop) -> None:
    shop.post("accounts:team", name="Rudi", role="agent")
    shop.post("accounts:revoke_invitation", Invitation.objects.get().pk)


def _join(shop: Shop) -> None:
    _made, path = services.invite(workspace=shop.workspace, name="Rudi", role="agent", by=shop.owner)
    Client().post(path, {"name": "Rudi", "email": "rudi@example.com", "password": BETTER})


def _grants_end(shop: Shop) -> None:
    other = make_member(shop.workspace, "owner", "dua@example.com")
    services.invite(workspace=shop.workspace, name="Rudi", role="agent", by=other)
    shop.post("accounts:remove_member", Membership.objects.get(user=other).pk)


def _contact(shop: Shop) -> Contact:
    return make_contact(shop.workspace)


def _merge(shop: Shop) -> None:
    keep, other = _contact(shop), _contact(shop)
    shop.post("contacts:merge", keep.pk, other=other.pk, confirmed="1")


def _import(shop: Shop) -> None:
    file = SimpleUploadedFile("pelanggan.csv", b"Nama;No HP\nAyu;081234567890\n", "text/csv")
    shop.client.post(reverse("imports:new"), {"file": file})


def _rejected(shop: Shop) -> None:
    _import(shop)
    shop.client.get(reverse("imports:rejected", args=[Import.objects.get().pk]))


def _tag(shop: Shop) -> Tag:
    add_tags(workspace=shop.workspace, contact_ids=[_contact(shop).pk], tag_names=["VIP"])
    return Tag.objects.get()


def _restored(shop: Shop) -> None:
    database_restored.send(None, restore=Restore(clock.now() - timedelta(days=1)))


EVENTS: dict[str, Callable[[Shop], object]] = {
    "user.sign_in": lambda shop: None,
    "user.sign_in_failed": _sign_in_failed,
    "user.locked_out": _locked_out,
    "user.sign_out": lambda shop: shop.post("account_logout"),
    "user.second_factor_failed": _wrong_code,
    "user.add_second_factor": _second_step_on,
    "user.remove_second_factor": _second_step_off,
    "user.new_recovery_codes": _new_codes,
    "user.change_password": lambda shop: shop.post(
        "account_change_password", oldpassword=PASSWORD, password1=BETTER, password2=BETTER
    ),
    "user.set_password": lambda shop: services.set_password(email=shop.owner.email, password=BETTER),
    "user.reset_second_factor": lambda shop: services.reset_second_factor(email=shop.owner.email),
    "user.update_profile": lambda shop: shop.post("accounts:profile", name="Ibu Sari", language="en"),
    "workspace.update": lambda shop: shop.post(
        "accounts:shop", name="Toko Baru", timezone="Asia/Jakarta", language="id", currency="IDR"
    ),
    "member.invite": lambda shop: shop.post("accounts:team", name="Rudi", role="agent"),
    "member.revoke_invitation": _revoke_invitation,
    "member.add": _join,
    "member.change_role": lambda shop: shop.post("accounts:change_role", shop.member().pk, role="manager"),
    "member.remove": lambda shop: shop.post("accounts:remove_member", shop.member().pk),
    "member.end_grants": _grants_end,
    "api_key.create": lambda shop: shop.post("accounts:api_keys", name="Kasir", role="viewer"),
    "api_key.revoke": _revoke_key,
    "contact.create": lambda shop: shop.post("contacts:new", name="Ayu", phone="081234567890"),
    "contact.update": lambda shop: shop.post("contacts:edit", _contact(shop).pk, name="Ayu Baru"),
    "contact.tag": lambda shop: shop.post("contacts:bulk", action="tag", ids=_contact(shop).pk, tag_name="VIP"),
    "contact.erase": lambda shop: shop.post("contacts:bulk", action="erase_confirmed", ids=_contact(shop).pk),
    "contact.export": lambda shop: shop.client.get(reverse("contacts:export", args=["csv"]), {"tag": "VIP"}),
    "contact.merge": _merge,
    "import.upload": _import,
    "import.rejected": _rejected,
    "field.create": lambda shop: shop.post("contacts:field_new", label="Ukuran", kind="text"),
    "tag.rename": lambda shop: shop.post("contacts:tag_change", _tag(shop).pk, name="Langganan"),
    "tag.delete": lambda shop: shop.post("contacts:tag_change", _tag(shop).pk, delete="1"),
    "consent.grant": lambda shop: shop.post(
        "consent:grant",
        _contact(shop).pk,
        purpose="marketing",
        place="shop",
        statement="Setuju di kasir",
        agreed_on="2026-11-01",
    ),
    "consent.withdraw": lambda shop: shop.post(
        "consent:withdraw", _contact(shop).pk, purpose="marketing", place="shop"
    ),
    "keyword.add": lambda shop: shop.post("consent:keywords", **{"action": "stop", "stop-word": "SUDAH CUKUP"}),
    "wording.add": lambda shop: shop.post(
        "consent:wordings", purpose="marketing", text="Saya mau dikabari.", wording_anyway="1"
    ),
    "system.restore": _restored,
}
"""{audit action: function that performs it}. The rooms test the actions on numbers, templates, segments and broadcasts.
"""


@pytest.mark.parametrize("action", EVENTS)
def test_event_leaves_an_entry(
    workspace: Workspace, owner: User, action: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    shop = Shop(workspace, owner)
    with django_capture_on_commit_callbacks(execute=True):
        EVENTS[action](shop)
    entries = list(AuditEntry.objects.filter(workspace=workspace, action=action))
    assert entries, list(AuditEntry.objects.values_list("action", flat=True))
    told = describe(workspace, entries)[0]
    assert told.action != action
    assert entries[0].ip or entries[0].actor == "command line" or action.startswith("user.")


def test_export_says_who_was_in_the_file(workspace: Workspace, owner: User) -> None:
    shop, address = Shop(workspace, owner), reverse("contacts:export", args=["csv"])
    shop.client.get(address, {"tag": "VIP", "q": "Wulandari 0812"})
    shop.client.get(address)
    shop.post("contacts:bulk", action="csv", ids=_contact(shop).pk)
    kept = list(AuditEntry.objects.filter(action="contact.export").order_by("id").values_list("data", flat=True))
    assert kept == [
        {"kind": "csv", "filters": {"tag": "VIP", "search": True}}, {"kind": "csv", "filters": {}},
        {"kind": "csv", "ticked": 1},
    ]  # fmt: skip
    page = shop.client.get(reverse("accounts:audit")).content.decode()
    assert "VIP" in page
    assert "Wulandari" not in page
