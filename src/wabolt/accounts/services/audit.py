"""The record of what people do."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.lib.web import client_ip


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

    Who and where come from `request` (its user, workspace and address) unless said otherwise; without either, `actor`
    names the program ("command line").
    """
    ip = None
    if request is not None:
        workspace = workspace or getattr(request, "workspace", None)
        user = user or (request.user if isinstance(request.user, User) else None)
        ip = client_ip(request) or None
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
