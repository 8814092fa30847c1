"""Workspaces, members, links and keys."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, transaction
from django.test import RequestFactory
from tests.cases import each

from wabolt.accounts import queries, services
from wabolt.accounts.models import ApiKey, AuditEntry, Invitation, Membership, User, Workspace
from wabolt.accounts.signals import workspace_created
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
GOOD = "kopi-tubruk-panas"


def token_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def test_create_workspace_has_an_owner_and_tells_the_rooms() -> None:
    signals = []

    def hear(workspace: Workspace, **_: object) -> None:
        signals.append(workspace)

    workspace_created.connect(hear)
    try:
        owner = User.objects.create_user("sari@example.com", GOOD)
        workspace = services.create_workspace(name="  Gaya  Nusantara ", owner=owner)
    finally:
        workspace_created.disconnect(hear)
    assert signals == [workspace]
    assert workspace.name == "Gaya Nusantara"
    assert [(m.user, m.role) for m in queries.team(workspace)] == [(owner, "owner")]


@each(
    ("change", "field"),
    [
        ({"name": "  \u200b "}, "name"),
        ({"timezone": "Asia/Atlantis"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"language": "xx"}, "language"),
        ({"currency": "BTC"}, "currency"),
    ],
    undone=True,
)
def test_shop_with_nonsense_is_refused(change: dict[str, str], field: str) -> None:
    owner = User.objects.create_user("sari@example.com", GOOD)
    with pytest.raises(DomainError) as refusal:
        services.create_workspace(**{"name": "Toko", "owner": owner, **change})
    assert refusal.value.field == field


def test_update_workspace_writes_down_what_changed() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    services.update_workspace(
        workspace=workspace, name="Toko Baru", timezone="Asia/Jayapura", language="id", currency="IDR", by=owner
    )
    entry = AuditEntry.objects.get(action="workspace.update")
    assert entry.data == {"name": ["Gaya Nusantara", "Toko Baru"], "timezone": ["Asia/Jakarta", "Asia/Jayapura"]}
    assert entry.actor == f"<{owner.email}>"


@each("before", [True, False], undone=True)
def test_demo_cannot_be_switched(before: bool) -> None:
    workspace = make_workspace(is_demo=before)
    with pytest.raises(DatabaseError, match="stays one"), transaction.atomic():
        Workspace.objects.filter(pk=workspace.pk).update(is_demo=not before)
    workspace.is_demo = not before
    with pytest.raises(DatabaseError), transaction.atomic():
        workspace.save()


def test_last_owner_stays() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    membership = Membership.objects.get(user=owner)
    for act in (
        lambda: services.remove_member(membership=membership, by=owner),
        lambda: services.change_role(membership=membership, role="viewer", by=owner),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == "last_owner"
    other = make_member(workspace, "agent")
    services.change_role(membership=Membership.objects.get(user=other), role="owner", by=owner)
    services.remove_member(membership=membership, by=other)
    assert [m.user for m in queries.team(workspace)] == [other]


def test_removing_a_member_who_left_has_its_error() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    agent = Membership.objects.get(user=make_member(workspace, "agent"))
    services.remove_member(membership=agent, by=owner)
    agent.pk = Membership.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    with pytest.raises(DomainError) as refusal:
        services.remove_member(membership=agent, by=owner)
    assert refusal.value.code == "gone"


def test_member_joins_once() -> None:
    workspace = make_workspace()
    agent = make_member(workspace, "agent")
    with pytest.raises(DomainError) as refusal:
        services.add_member(workspace=workspace, user=agent, role="owner")
    assert refusal.value.code == "duplicate"
    assert Membership.objects.get(user=agent).role == "agent"


def test_api_key_is_shown_once_and_kept_as_a_digest() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    key, secret = services.create_api_key(workspace=workspace, name="Kasir", role="agent", created_by=owner)
    assert secret.startswith(key.prefix)
    assert not ApiKey.objects.filter(digest=secret).exists()
    assert secret not in str(AuditEntry.objects.values_list("data", flat=True))
    assert queries.api_key_for(secret) == key
    assert queries.api_key_for(secret + "x") is None
    services.revoke_api_key(workspace=workspace, key=key, by=owner)
    services.revoke_api_key(workspace=workspace, key=key, by=owner)
    assert queries.api_key_for(secret) is None
    assert AuditEntry.objects.filter(action="api_key.revoke").count() == 1


def test_invitation_works_once() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    _invitation, path = services.invite(workspace=workspace, name="Rudi", role="agent", by=owner)
    token = token_of(path)
    assert token not in str(Invitation.objects.values_list("digest", flat=True))
    membership = services.accept_invitation(token=token, email=" Rudi@Example.com", name="Rudi", password=GOOD)
    assert (membership.role, membership.user.email) == ("agent", "rudi@example.com")
    assert membership.user.check_password(GOOD)
    with pytest.raises(DomainError) as refusal:
        services.accept_invitation(token=token, email="lain@example.com", name="Lain", password=GOOD)
    assert refusal.value.code == "link"
    assert not queries.waiting_invitations(workspace)


def test_invitation_ends() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    with clock.hold(clock.now()) as held:
        _first, late = services.invite(workspace=workspace, name="Rudi", role="agent", by=owner)
        taken_back, path = services.invite(workspace=workspace, name="Dewi", role="agent", by=owner)
        services.revoke_invitation(workspace=workspace, invitation=taken_back, by=owner)
        assert queries.invitation_for(token_of(path)) is None
        held.move(days=6, hours=23)
        assert queries.invitation_for(token_of(late)) is not None
        held.move(hours=2)
        for link in (late, path):
            with pytest.raises(DomainError):
                services.accept_invitation(token=token_of(link), email="r@example.com", name="R", password=GOOD)
    assert not User.objects.filter(email="r@example.com").exists()


def test_invitation_does_not_take_over_a_known_person() -> None:
    workspace = make_workspace()
    owner = make_member(workspace)
    _invitation, path = services.invite(workspace=workspace, name="Rudi", role="owner", by=owner)
    with pytest.raises(DomainError) as refusal:
        services.accept_invitation(token=token_of(path), email=owner.email.upper(), name="X", password=GOOD)
    assert (refusal.value.code, refusal.value.field) == ("known", "email")
    stranger = make_member(make_workspace("Lain"))
    assert services.accept_invitation(token=token_of(path), user=stranger).workspace == workspace


def test_weak_password_leaves_the_invitation_open() -> None:
    workspace = make_workspace()
    _invitation, path = services.invite(workspace=workspace, name="Rudi", role="agent", by=make_member(workspace))
    with pytest.raises(ValidationError):
        services.accept_invitation(token=token_of(path), email="r@example.com", name="R", password="password12")
    assert queries.invitation_for(token_of(path)) is not None
    assert not User.objects.filter(email="r@example.com").exists()


def test_sign_in_link_is_for_demo_shops_only() -> None:
    demo, real = make_workspace(is_demo=True), make_workspace("Asli")
    owner = make_member(demo)
    path = services.make_sign_in_link(owner)
    Membership.objects.create(workspace=real, user=owner, role="viewer")
    with pytest.raises(DomainError, match="demo"):
        services.make_sign_in_link(owner)
    with pytest.raises(DomainError):
        services.use_sign_in_link(token=token_of(path))
    with pytest.raises(DomainError):
        services.make_sign_in_link(User.objects.create_user("tanpa@example.com"))


def test_sign_in_link_works_once_and_not_for_long() -> None:
    owner = make_member(make_workspace(is_demo=True))
    first = services.make_sign_in_link(owner)
    second = services.make_sign_in_link(owner)
    with pytest.raises(DomainError):
        services.use_sign_in_link(token=token_of(first))
    assert services.use_sign_in_link(token=token_of(second)) == owner
    with pytest.raises(DomainError):
        services.use_sign_in_link(token=token_of(second))
    with clock.hold(clock.now()) as held:
        late = services.make_sign_in_link(owner)
        held.move(seconds=timedelta(hours=2).total_seconds() + 1)
        with pytest.raises(DomainError):
            services.use_sign_in_link(token=token_of(late))


def test_record_audit_takes_who_and_where_from_the_request() -> None:
    workspace = make_workspace()
    user = make_member(workspace)
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    request.user, request.workspace = user, workspace
    entry = services.record_audit(request=request, action="broadcast.start", target=("broadcast", 7))
    assert (entry.workspace, entry.user, entry.ip, entry.target_id) == (workspace, user, "203.0.113.9", 7)
    assert services.record_audit(actor=services.Actor("command line"), action="x").actor == "command line"


def test_command_line_sets_a_password_and_takes_the_second_step_off() -> None:
    user = make_member(make_workspace())
    services.set_password(email=f" {user.email.upper()}", password=GOOD)
    user.refresh_from_db()
    assert user.check_password(GOOD)
    assert services.reset_second_factor(email=user.email) == 0
    with pytest.raises(ValidationError):
        services.set_password(email=user.email, password="short")
    with pytest.raises(DomainError):
        services.set_password(email="nobody@example.com", password=GOOD)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Runs `act` in threads with their own connections. Returns the result or exception of each."""
    ready = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(index: int) -> None:
        try:
            ready.wait(10)
            results[index] = act(index)
        except DomainError as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_who_set_up_at_once_make_one_owner() -> None:
    results = at_once(
        3, lambda i: services.set_up(email=f"p{i}@example.com", password=GOOD, name="P", shop=f"Toko {i}")
    )
    assert User.objects.count() == Workspace.objects.count() == 1
    assert [getattr(r, "code", "ok") for r in results].count("done") == 2


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one() -> None:
    workspace = make_workspace()
    people = [make_member(workspace, "owner", f"o{i}@example.com") for i in range(2)]
    members = [Membership.objects.get(user=person) for person in people]
    at_once(2, lambda i: services.remove_member(membership=members[i], by=people[1 - i]))
    assert Membership.objects.filter(workspace=workspace, role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_link_used_by_two_at_once_lets_one_in() -> None:
    workspace = make_workspace()
    _invitation, path = services.invite(workspace=workspace, name="Rudi", role="agent", by=make_member(workspace))
    at_once(2, lambda i: services.accept_invitation(
        token=token_of(path), email=f"r{i}@example.com", name="R", password=GOOD))  # fmt: skip
    assert Membership.objects.filter(workspace=workspace, role="agent").count() == 1
