"""A grant ends with the right to make it: every kind of grant, for every way to lose the right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts import queries, services
from wabolt.accounts.models import AuditEntry, Invitation, Membership, User, Workspace
from wabolt.accounts.signals import rights_lost
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
GOOD, BETTER = "kopi-tubruk-panas", "teh-poci-hangat"


@dataclass
class Person:
    """An owner, a second owner, and the browser in which the first one is signed in."""

    workspace: Workspace
    user: User
    other: User
    client: Client

    @property
    def membership(self) -> Membership:
        return Membership.objects.get(workspace=self.workspace, user=self.user)


@pytest.fixture
def person() -> Person:
    workspace = make_workspace(is_demo=True)
    user, other = make_member(workspace), make_member(workspace, "owner", "dua@example.com")
    user.set_password(GOOD)
    user.save()
    return Person(workspace, user, other, _signed_in(user))


def _signed_in(user: User) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": GOOD})
    assert client.session["_auth_user_id"] == str(user.pk)
    return client


def _invitation(person: Person) -> Callable[[], bool]:
    _made, path = services.invite(workspace=person.workspace, name="Rudi", role="owner", by=person.user)

    def works() -> bool:
        listed = queries.waiting_invitations(person.workspace).exists()
        answer = Client().post(path, {"name": "Rudi", "email": "rudi@example.com", "password": BETTER})
        joined = Membership.objects.filter(user__email="rudi@example.com").exists()
        assert listed == joined == (answer.status_code == 302)
        return joined

    return works


def _api_key(person: Person) -> Callable[[], bool]:
    _key, secret = services.create_api_key(workspace=person.workspace, name="Kasir", created_by=person.user)
    return lambda: queries.api_key_for(secret) is not None


def _sign_in_link(person: Person) -> Callable[[], bool]:
    path = services.make_sign_in_link(person.user)
    return lambda: Client().get(path).status_code == 302


def _session_elsewhere(person: Person) -> Callable[[], bool]:
    elsewhere = _signed_in(person.user)
    return lambda: elsewhere.get(reverse("accounts:team")).status_code == 200


GRANTS = {
    "invitation": _invitation,
    "API key": _api_key,
    "sign-in link": _sign_in_link,
    "session elsewhere": _session_elsewhere,
}


def _role_lowered(person: Person) -> None:
    services.change_role(membership=person.membership, role="manager", by=person.other)


def _removed(person: Person) -> None:
    services.remove_member(membership=person.membership, by=person.other)


def _left(person: Person) -> None:
    person.client.post(reverse("accounts:remove_member", args=[person.membership.pk]))


def _password_changed(person: Person) -> None:
    answers = {"oldpassword": GOOD, "password1": BETTER, "password2": BETTER}
    person.client.post(reverse("account_change_password"), answers)
    person.user.refresh_from_db()
    assert person.user.check_password(BETTER)
    assert person.client.get(reverse("accounts:team")).status_code == 200  # the device in use stays signed in


def _password_set_from_command_line(person: Person) -> None:
    services.set_password(email=person.user.email, password=BETTER)


def _second_factor_off(person: Person) -> None:
    totp.TOTP.activate(person.user, totp.generate_totp_secret())
    RecoveryCodes.activate(person.user)
    person.client.post(reverse("account_reauthenticate"), {"password": GOOD})
    answer = person.client.post(reverse("mfa_deactivate_totp"))
    assert answer.status_code == 302
    assert AuditEntry.objects.filter(action="user.remove_second_factor").exists()
    assert person.client.get(reverse("accounts:team")).status_code == 200


def _second_factor_reset_from_command_line(person: Person) -> None:
    services.reset_second_factor(email=person.user.email)


WAYS = [
    _role_lowered, _removed, _left, _password_changed, _password_set_from_command_line, _second_factor_off,
    _second_factor_reset_from_command_line,
]  # fmt: skip
MAY_STAY = {"_role_lowered": {"sign-in link"}}
"""A sign-in link signs in as the person, who has the lower role by then."""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_grants_end_with_the_right(person: Person, way: Callable[[Person], None]) -> None:
    works = {kind: make(person) for kind, make in GRANTS.items()}
    way(person)
    assert {kind for kind, still_works in works.items() if still_works()} == MAY_STAY.get(way.__name__, set())


def test_grants_work_until_then(person: Person) -> None:
    works = {kind: make(person) for kind, make in GRANTS.items()}
    assert {kind for kind, still_works in works.items() if still_works()} == set(GRANTS)


def test_grants_of_others_stay(person: Person) -> None:
    other = Person(person.workspace, person.other, person.user, person.client)
    works = [_invitation(other), _api_key(other)]
    _removed(person)
    assert all(still_works() for still_works in works)


def test_maker_of_a_grant_must_be_an_active_owner(person: Person) -> None:
    """A restored backup or a manual change in the database can leave such rows."""
    works = [_invitation(person), _api_key(person)]
    User.objects.filter(pk=person.user.pk).update(is_active=False)
    assert not any(still_works() for still_works in works)


def test_removed_owner_cannot_come_back_by_an_earlier_invitation(person: Person) -> None:
    _made, path = services.invite(workspace=person.workspace, name="Saya", role="owner", by=person.user)
    _removed(person)
    assert person.client.post(path).status_code == 410
    assert not Membership.objects.filter(user=person.user).exists()


def test_entry_names_what_ended(person: Person) -> None:
    _invitation(person)
    _api_key(person)
    _removed(person)
    entry = AuditEntry.objects.get(action="member.end_grants")
    assert entry.data["grants"] == ["Rudi", "Kasir"]


def test_rights_are_lost_once_and_only_downward(person: Person) -> None:
    signals = []

    def hear(user: User, role: str, **_: object) -> None:
        signals.append((user, role))

    rights_lost.connect(hear)
    try:
        for role in ("owner", "manager", "owner"):
            services.change_role(membership=person.membership, role=role, by=person.other)
        _removed(person)
    finally:
        rights_lost.disconnect(hear)
    assert signals == [(person.user, "manager"), (person.user, "")]


def test_used_invitation_stays_used(person: Person) -> None:
    """A person who joined by it stays a member."""
    _invitation(person)()
    _removed(person)
    assert Membership.objects.filter(user__email="rudi@example.com").exists()
    assert Invitation.objects.get().revoked_at is None


def test_expired_invitation_is_not_listed(person: Person) -> None:
    _invitation(person)
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert not queries.waiting_invitations(person.workspace).exists()


def test_removed_person_is_refused_invitations_of_others_made_before(person: Person) -> None:
    _made, path = services.invite(workspace=person.workspace, name="Rudi", role="owner", by=person.other)
    _removed(person)
    answer = person.client.post(path)
    assert answer.status_code == 422
    assert "dikeluarkan" in answer.content.decode()
    assert not Membership.objects.filter(user=person.user).exists()
    assert Invitation.objects.get().used_at is None  # Rudi can still use it


def test_removed_person_may_come_back_by_a_later_invitation(person: Person) -> None:
    _removed(person)
    _made, path = services.invite(workspace=person.workspace, name="Rudi", role="agent", by=person.other)
    assert person.client.post(path).status_code == 302
    assert person.membership.role == "agent"


@each("ticked", [True, False], undone=True)
def test_removing_a_member_offers_to_revoke_the_open_invitations(person: Person, ticked: bool) -> None:
    """The person may have another account, which WABolt cannot recognise."""
    services.invite(workspace=person.workspace, name="Rudi", role="owner", by=person.user)
    client, other = person.client, Membership.objects.get(user=person.other)
    page = client.get(reverse("accounts:remove_member", args=[other.pk])).content.decode()
    assert "Rudi" in page
    assert 'name="revoke_open" value="1" checked' in page
    client.post(reverse("accounts:remove_member", args=[other.pk]), {"revoke_open": "1"} if ticked else {})
    assert not Membership.objects.filter(user=person.other).exists()
    assert queries.waiting_invitations(person.workspace).exists() is not ticked


@each("ticked", [True, False], undone=True)
def test_lowering_a_role_offers_to_revoke_the_invitations_above_it(person: Person, ticked: bool) -> None:
    for role in ("owner", "agent", "viewer"):
        services.invite(workspace=person.workspace, name=f"Calon {role}", role=role, by=person.user)
    other = Membership.objects.get(user=person.other)
    url = reverse("accounts:change_role", args=[other.pk])
    page = person.client.post(url, {"role": "agent"}).content.decode()
    other.refresh_from_db()
    assert other.role == "owner"  # asked first
    assert "Calon owner" in page
    assert "Calon agent" not in page
    answer = {"role": "agent", "confirmed": "1"}
    person.client.post(url, answer | ({"revoke_open": "1"} if ticked else {}))
    other.refresh_from_db()
    assert other.role == "agent"
    left = {one.role for one in queries.waiting_invitations(person.workspace)}
    assert left == {"agent", "viewer"} | (set() if ticked else {"owner"})
