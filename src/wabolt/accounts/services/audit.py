"""Writing the audit log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.lib.web import client_ip

_current: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


@contextmanager
def remember_request(request: HttpRequest) -> Iterator[None]:
    """Gives entries that are written inside the block the internet address of `request`."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def record_audit(
    *,
    request: HttpRequest | None = None,
    workspace: Workspace | None = None,
    user: User | None = None,
    actor: str = "",
    action: str,
    target_kind: str = "",
    target_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Adds an entry for `action` ("broadcast.start") to the audit log, in the caller's transaction.

    User, workspace and address come from `request` unless given. Without `request` the address comes from the request
    that is being answered. `actor` names a program ("command line") when there is no user.
    """
    origin = request or _current.get()
    ip = (client_ip(origin) or None) if origin is not None else None
    if request is not None:
        workspace = workspace or getattr(request, "workspace", None)
        user = user or (request.user if isinstance(request.user, User) else None)
    return AuditEntry.objects.create(
        workspace=workspace,
        user=user,
        actor=(actor or (f"{user.name} <{user.email}>".strip() if user else "system"))[:150],
        action=action,
        target_kind=target_kind,
        target_id=target_id,
        data=dict(data or {}),
        ip=ip,
    )


def record_audit_of_installation(*, action: str, data: Mapping[str, Any] | None = None) -> None:
    """Adds an entry about the whole installation to the log of every shop, in the caller's transaction."""
    for workspace in Workspace.objects.order_by("pk"):
        record_audit(workspace=workspace, actor="command line", action=action, data=data)


def record_audit_of_person(*, person: User, action: str, actor: str = "") -> None:
    """Adds an entry about a person's sign-in to the log of every shop they work in, in the caller's transaction.

    A person without a shop gets one entry without a workspace, which no page shows.
    """
    shops: list[Workspace | None] = list(Workspace.objects.filter(memberships__user=person).order_by("pk"))
    for workspace in shops or [None]:
        record_audit(
            workspace=workspace, user=person, actor=actor, action=action, target_kind="user", target_id=person.pk,
            data={"name": str(person)},
        )  # fmt: skip
