"""A scheduled broadcast needs a member who may send it."""

from datetime import timedelta

import pytest
from tests.cases import each

from wabolt.accounts.models import Membership
from wabolt.accounts.services import change_role, remove_member
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.broadcasts import services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@each("role", ["viewer", "agent", ""], undone=True)
def test_schedule_ends_with_the_right_to_send(role: str) -> None:
    workspace = make_workspace()
    owner, manager, other = (make_member(workspace, r, f"{r}{n}@example.com") for n, r in enumerate(
        ["owner", "manager", "manager"]
    ))  # fmt: skip
    at = clock.now() + timedelta(hours=1)
    own, theirs = (services.schedule(broadcast=make_broadcast(workspace), at=at, by=by) for by in (manager, other))
    membership = Membership.objects.get(user=manager)
    if role:
        change_role(membership=membership, role=role, by=owner)
    else:
        remove_member(membership=membership, by=owner)
    for broadcast in (own, theirs):
        broadcast.refresh_from_db()
    assert (own.state, own.scheduled_at) == (Broadcast.State.DRAFT, None)
    assert "tidak boleh" in own.problem
    assert (theirs.state, theirs.scheduled_at) == (Broadcast.State.SCHEDULED, at)


def test_schedule_of_an_owner_who_becomes_a_manager_stays() -> None:
    workspace = make_workspace()
    first, second = make_member(workspace), make_member(workspace, "owner", "dua@example.com")
    broadcast = services.schedule(broadcast=make_broadcast(workspace), at=clock.now() + timedelta(hours=1), by=first)
    change_role(membership=Membership.objects.get(user=first), role="manager", by=second)
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.SCHEDULED
