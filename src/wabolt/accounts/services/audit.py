"""Writing the audit log."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from typing import Any, NamedTuple

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


class Actor(NamedTuple):
    """The actor of an entry: the name of a program ("command line"), and the person concerned if there is one."""

    name: str
    user: User | None = None


def record_audit(
    *,
    request: HttpRequest | None = None,
    workspace: Workspace | None = None,
    actor: User | Actor | None = None,
    action: str,
    target: tuple[str, int | None] = ("", None),
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Adds an entry for `action` ("broadcast.start") to the audit log, in the caller's transaction.

    Services call it, so that an entry is written for every way in which they are called. Unless given, the actor is the
    signed-in person whose request is being answered; without such a request it is the system. The address comes from
    that request too. `target`: kind and id of the object, such as ("channel", 5).
    """
    noted = _entry(request, workspace, actor, action, data)
    noted.target_kind, noted.target_id = target
    noted.save(force_insert=True)
    return noted


def record_audits(
    *,
    workspace: Workspace,
    actor: User | Actor | None = None,
    action: str,
    targets: Iterable[tuple[str, int]],
    data: Mapping[str, Any] | None = None,
) -> None:
    """As `record_audit` for each target, in one statement."""
    entry = _entry(None, workspace, actor, action, data)
    entries = []
    for kind, target_id in targets:
        entries.append(copy(entry))
        entries[-1].target_kind, entries[-1].target_id = kind, target_id
    AuditEntry.objects.bulk_create(entries)


def _entry(
    request: HttpRequest | None,
    workspace: Workspace | None,
    actor: User | Actor | None,
    action: str,
    data: Mapping[str, Any] | None,
) -> AuditEntry:
    """Returns an entry without a target. It is not stored."""
    origin = request or _current.get()
    ip = (client_ip(origin) or None) if origin is not None else None
    name, user = actor if isinstance(actor, Actor) else ("", actor)
    if origin is not None and actor is None:
        user = origin.user if isinstance(origin.user, User) else None
    if request is not None:
        workspace = workspace or getattr(request, "workspace", None)
    return AuditEntry(
        workspace=workspace,
        user=user,
        actor=(name or (f"{user.name} <{user.email}>".strip() if user else "system"))[:150],
        action=action,
        data=dict(data or {}),
        ip=ip,
    )


def record_audit_of_installation(*, action: str, data: Mapping[str, Any] | None = None, by: User | None = None) -> None:
    """Adds an entry about the whole installation to the log of every shop, in the caller's transaction. `by`: None for
    the command line."""
    for workspace in Workspace.objects.order_by("pk"):
        record_audit(workspace=workspace, actor=by or Actor("command line"), action=action, data=data)


def record_audit_of_person(*, person: User, action: str, actor: str = "") -> None:
    """Adds an entry about a person's sign-in to the log of every shop they work in, in the caller's transaction.

    A person without a shop gets one entry without a workspace, which no page shows.
    """
    shops: list[Workspace | None] = list(Workspace.objects.filter(memberships__user=person).order_by("pk"))
    for workspace in shops or [None]:
        record_audit(
            workspace=workspace,
            actor=Actor(actor, person),
            action=action,
            target=("user", person.pk),
            data={"name": str(person)},
        )
