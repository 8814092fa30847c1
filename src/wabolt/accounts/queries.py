"""Reads of accounts."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from wabolt.accounts.models import (
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    OpeningTimes,
    User,
    VisitorCount,
    Workspace,
)
from wabolt.accounts.visitor_limits import VisitorLimits, place_keys, visitor_key
from wabolt.lib import clock
from wabolt.lib.opening_hours import Interval, OpeningHours, Week
from wabolt.lib.roles import ROLES, at_least


def workspace_of(request: HttpRequest) -> Workspace:
    """The workspace of the request. Call it in views decorated with `lib.web.requires`."""
    return membership_of(request).workspace


def membership_of(request: HttpRequest) -> Membership:
    """The membership of the request. Call it in views decorated with `lib.web.requires`."""
    membership = getattr(request, "membership", None)
    if not isinstance(membership, Membership):
        raise TypeError("this view has to be decorated with requires()")
    return membership


def user_of(request: HttpRequest) -> User:
    """The person of the request. Call it in views decorated with `lib.web.requires`."""
    if not isinstance(request.user, User):
        raise TypeError("this view has to be decorated with requires()")
    return request.user


def memberships(user: User) -> list[Membership]:
    """The memberships of `user`, oldest first."""
    return list(Membership.objects.select_related("workspace").filter(user=user).order_by("id"))


def pick_membership(memberships: list[Membership], workspace_id: int | None) -> Membership | None:
    """The membership of `workspace_id`, else the first one; None for an empty list."""
    for membership in memberships:
        if membership.workspace_id == workspace_id:
            return membership
    return memberships[0] if memberships else None


def is_set_up() -> bool:
    """Whether the installation has an owner."""
    return User.objects.exists()


def setup_token() -> str:
    """The token of the set-up link that the terminal prints.

    It is derived from the installation's secret, so it is the same on every machine. It is useless once an owner
    exists.
    """
    return salted_hmac("wabolt.setup", "claim", algorithm="sha256").hexdigest()[:40]


def team(workspace: Workspace) -> QuerySet[Membership]:
    """The people of a workspace, owners first."""
    owners_first = Case(When(role=Membership.Role.OWNER, then=0), default=1)
    return Membership.objects.filter(workspace=workspace).select_related("user").order_by(owners_first, "id")


def waiting_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    """The invitations of a workspace that work, newest first."""
    return open_invitations().filter(workspace=workspace).order_by("-id")


def invitations_above(workspace: Workspace, role: str) -> QuerySet[Invitation]:
    """The invitations that work and give more than `role` ("" for none): with one of them a person whose role was
    lowered to `role` could get rights back."""
    return waiting_invitations(workspace).filter(role__in=[one for one in ROLES if not at_least(role, one)])


def was_removed_since(workspace: Workspace, user: User, moment: datetime) -> bool:
    """Whether `user` was removed from the team at or after `moment`. The audit log remembers every removal."""
    removals = AuditEntry.objects.filter(workspace=workspace, action="member.remove", target_kind="user")
    return removals.filter(target_id=user.pk, at__gte=moment).exists()


def invitation_for(token: str) -> Invitation | None:
    """The invitation of `token` if it can still be accepted, else None."""
    return open_invitations().select_related("workspace", "created_by").filter(digest=digest_of(token)).first()


def open_invitations() -> QuerySet[Invitation]:
    """The invitations of all workspaces that can be accepted: not used, revoked or expired, and made by a person who is
    still an owner."""
    waiting = Invitation.objects.filter(used_at=None, revoked_at=None, expires_at__gt=clock.now())
    return waiting.filter(_maker_is_owner())


def _maker_is_owner() -> Exists:
    """Whether `created_by` of an invitation or a key is an active owner of its workspace."""
    owners = Membership.objects.filter(role=Membership.Role.OWNER, user__is_active=True)
    return Exists(owners.filter(workspace=OuterRef("workspace"), user=OuterRef("created_by")))


def api_keys(workspace: Workspace) -> QuerySet[ApiKey]:
    """All keys of a workspace, keys in use first."""
    return (
        ApiKey.objects.filter(workspace=workspace)
        .select_related("created_by")
        .order_by(F("revoked_at").desc(nulls_first=True), "-id")
    )


def api_key_for(secret: str) -> ApiKey | None:
    """The key with this secret if it is in use and its maker is still an owner, else None."""
    keys = ApiKey.objects.select_related("workspace").filter(digest=digest_of(secret), revoked_at=None)
    return keys.filter(_maker_is_owner()).first()


def audit_entries(workspace: Workspace, before: int | None = None) -> QuerySet[AuditEntry]:
    """The audit log of a workspace, newest entry first. `before`: only entries with a smaller id."""
    entries = AuditEntry.objects.filter(workspace=workspace).order_by("-id")
    return entries if before is None else entries.filter(pk__lt=before)


def last_audit_entry(workspace: Workspace, action: str) -> AuditEntry | None:
    """The newest entry of this action."""
    return AuditEntry.objects.filter(workspace=workspace, action=action).order_by("-id").first()


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret, which is stored in its place. Our secrets are long and random, so a slow hash adds
    nothing."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


DEFAULT_WEEK: Week = {day: ((time(8), time(20)),) for day in range(7)}
"""The opening hours of a shop that has not set any."""


def opening_hours(workspace: Workspace) -> OpeningHours:
    """The opening hours of the shop."""
    return opening_hours_of([workspace])[workspace.pk]


def opening_hours_of(workspaces: Iterable[Workspace]) -> dict[int, OpeningHours]:
    """The opening hours of these shops by the id of the workspace, with one query."""
    shops = list(workspaces)
    stored = {row.workspace_id: row for row in OpeningTimes.objects.filter(workspace__in=shops)}
    return {shop.pk: _hours(shop, stored.get(shop.pk)) for shop in shops}


def _hours(workspace: Workspace, stored: OpeningTimes | None) -> OpeningHours:
    if stored is None:
        return OpeningHours(workspace.tz, DEFAULT_WEEK)
    return OpeningHours(
        workspace.tz,
        _week(stored.week),
        fasting=None if stored.fasting is None else _week(stored.fasting),
        fasting_shift=stored.fasting_shift,
        holidays_closed=stored.holidays_closed,
        special={date.fromisoformat(day): _intervals(hours) for day, hours in stored.special.items()},
    )


def _week(stored: Mapping[str, list[list[str]]]) -> Week:
    return {int(day): _intervals(hours) for day, hours in stored.items()}


def _intervals(stored: list[list[str]]) -> tuple[Interval, ...]:
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in stored)


def is_crowded(workspace: Workspace, *, purpose: str, subject: int, limits: VisitorLimits) -> bool:
    """Whether the next visitor of this object would find it crowded (`services.admit_visitor`). Counts nothing."""
    counted = VisitorCount.objects.filter(workspace=workspace, key=visitor_key(purpose, "object", str(subject)))
    return counted.filter(started_at__gte=Now() - limits.window, count__gte=limits.per_object).exists()


def is_refused(workspace: Workspace, *, purpose: str, ip: str, limits: VisitorLimits) -> bool:
    """Whether `services.admit_visitor` would refuse the next request from this address. Counts nothing."""
    address, network = place_keys(purpose, ip)
    recent = VisitorCount.objects.filter(workspace=workspace, started_at__range=(Now() - limits.window, Now()))
    is_full = Q(key=address, count__gte=limits.per_address) | Q(key=network, count__gte=limits.per_network)
    return recent.filter(is_full).exists()
