"""Giving conversations to members, and taking them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.services import open_alert, resolve_alert, resolve_alerts
from wabolt.inbox.models import Assignment
from wabolt.inbox.queries import assignees
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import mark_answered

ASSIGNED = "inbox.assigned"
"""The kind of alert for the member who got a conversation. `data`: "user", "count", and "conversation" if it is one."""
NOT_ASSIGNED: Mapping[str, Promise] = {
    "no_chat": gettext_lazy("They have never written to you."),
    "has_owner": gettext_lazy("Somebody looks after them already."),
}
"""The reasons for which a conversation is not assigned by a rule or a journey."""


@transaction.atomic
def assign(*, conversation: Conversation, to: User | None, by: User, seen: int = 0) -> None:
    """Gives the conversation to a member, or frees it (`to`: None).

    `seen`: id of the user who owned the conversation on the page of `by`, 0 for none. The member who gets it from
    another one hears about it. Raises DomainError: `changed` if another member has assigned it meanwhile, `no_member`
    if `to` cannot answer customers of this shop.
    """
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)  # one assignment after the other
    before = Assignment.objects.select_related("user").filter(conversation=conversation).first()
    if to == (before.user if before else None):
        return
    if (before.user_id if before else 0) != seen:
        raise DomainError(
            _("%(name)s looks after this customer now.") % {"name": before.user} if before
            else _("Nobody looks after this customer any more."), code="changed",
        )  # fmt: skip
    if to is not None and to not in assignees(conversation.workspace):
        raise DomainError(_("This person cannot answer customers."), code="no_member", field="member")
    _release(conversation.workspace, Assignment.objects.filter(conversation=conversation))
    if to is not None:
        Assignment.objects.create(workspace=conversation.workspace, conversation=conversation, user=to, by=by)
        if to != by:
            data = {"user": to.pk, "count": 1, "conversation": conversation.pk}
            open_alert(
                workspace=conversation.workspace, kind=ASSIGNED, subject=_subject(conversation.pk), data=data
            )  # fmt: skip
    owners = {"owner": [str(before.user) if before else "", str(to or "")]}
    record_audit(
        workspace=conversation.workspace, actor=by, action="inbox.assign", target=("contact", conversation.contact_id),
        data=owners,
    )  # fmt: skip


@transaction.atomic
def assign_newest(
    *, workspace: Workspace, contact_ids: Sequence[int], to: User, origin: tuple[str, int]
) -> dict[int, str]:
    """Gives the newest conversation of each contact to a member, for a rule or a journey. `origin`: what did it.

    A conversation that a member looks after stays with that member. Returns {contact id: a key of `NOT_ASSIGNED`} of
    the others. A second call changes nothing. Raises DomainError `no_member`.
    """
    if to not in assignees(workspace):
        raise DomainError(_("This person cannot answer customers."), code="no_member", field="member")
    rows = Conversation.objects.filter(
        workspace=workspace, contact__in=contact_ids, contact__erased_at=None, last_inbound_at__isnull=False
    )
    newest = rows.order_by("contact", "-last_inbound_at", "-pk").distinct("contact")
    by_contact = {row.contact_id: row for row in newest}
    owned = dict(Assignment.objects.filter(conversation__in=by_contact.values()).values_list("conversation", "user"))
    free = [row for row in by_contact.values() if row.pk not in owned]
    Assignment.objects.bulk_create(
        [Assignment(workspace=workspace, conversation=row, user=to) for row in free], ignore_conflicts=True
    )
    if free:
        one = {"conversation": free[0].pk} if len(free) == 1 else {}
        subject = _subject(free[0].pk) if one else f"{origin[0]}:{origin[1]}:{to.pk}"
        data = {"user": to.pk, "count": len(free), **one}
        open_alert(workspace=workspace, kind=ASSIGNED, subject=subject, data=data)
    left_out = dict.fromkeys(set(contact_ids) - by_contact.keys(), "no_chat")
    return left_out | {contact: "has_owner" for contact, row in by_contact.items() if owned.get(row.pk, to.pk) != to.pk}


@transaction.atomic
def finish(*, conversation: Conversation, by: User) -> None:
    """Marks the conversation as done without a reply, and frees it."""
    mark_answered(workspace=conversation.workspace, contact=conversation.contact)
    owner = Assignment.objects.filter(conversation=conversation).values_list("user", flat=True).first()
    if owner is not None:
        assign(conversation=conversation, to=None, by=by, seen=owner)


def note_seen(*, conversation: Conversation, by: User) -> None:
    """Ends the alert about the conversation after its owner has opened it."""
    if Assignment.objects.filter(conversation=conversation, user=by).exists():
        resolve_alert(workspace=conversation.workspace, kind=ASSIGNED, subject=_subject(conversation.pk))


@transaction.atomic
def release_all_of(*, workspace: Workspace, user: User) -> int:
    """Makes the conversations of a person free who left or may no longer answer. Returns how many."""
    count = _release(workspace, Assignment.objects.filter(workspace=workspace, user=user))
    if count:
        data: dict[str, Any] = {"name": str(user), "count": count}
        record_audit(workspace=workspace, action="inbox.release", target=("user", user.pk), data=data)
    return count


def release_erased(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Ends the assignments of people who are erased. Call it in the transaction of the erasure."""
    _release(workspace, Assignment.objects.filter(conversation__contact__in=contact_ids))


def move_assignments(*, kept_id: int, absorbed_id: int) -> None:
    """Gives the owner of an absorbed contact's conversation the kept contact's one on the same number, if that has
    none. Call it in the transaction of the merge."""
    owned = Assignment.objects.filter(conversation__contact=absorbed_id).select_related("conversation")
    for assignment in owned:
        conversation = Conversation.objects.filter(contact=kept_id, channel=assignment.conversation.channel_id).first()
        if conversation is None:
            continue
        if Assignment.objects.filter(conversation=conversation).exists():
            assignment.delete()
        else:
            assignment.conversation = conversation
            assignment.save()


def _release(workspace: Workspace, rows: "QuerySet[Assignment]") -> int:
    """Ends these assignments and the alerts about them. Returns how many."""
    subjects = [_subject(conversation_id) for conversation_id in rows.values_list("conversation", flat=True)]
    resolve_alerts(workspace=workspace, kind=ASSIGNED, subjects=subjects)
    count: int = rows.delete()[0]
    return count


def _subject(conversation_id: int) -> str:
    return f"conversation:{conversation_id}"
