"""The record of what people do."""

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
    """Within the block entries know the address of `request`, though services that write them never see it."""
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
    """Writes down that somebody did `action` ("broadcast.start"), in the caller's transaction.

    Who and where come from `request` (its user, workspace and address) unless said otherwise; the address also comes
    from the request being answered. Without either, `actor` names the program ("command line").
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
    """Writes an entry into the log of every shop about what was done to the whole installation from the command line,
    in the caller's transaction."""
    for workspace in Workspace.objects.order_by("pk"):
        record_audit(workspace=workspace, actor="command line", action=action, data=data)


def record_audit_of_person(*, person: User, action: str, actor: str = "") -> None:
    """Writes down what became of a person's way in, in each shop they work in: whoever looks after the team there must
    see it. For nobody's page where they work in none. In the caller's transaction."""
    shops: list[Workspace | None] = list(Workspace.objects.filter(memberships__user=person).order_by("pk"))
    for workspace in shops or [None]:
        record_audit(
            workspace=workspace, user=person, actor=actor, action=action, target_kind="user", target_id=person.pk,
            data={"name": str(person)},
        )  # fmt: skip
