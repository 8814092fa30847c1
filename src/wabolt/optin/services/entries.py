"""Pending entries: submitted forms that wait for the customer's message. They are deleted if it does not arrive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import forget_phones
from wabolt.optin.models import Entry, EntryPoint, NumberRequest, Placement
from wabolt.optin.services.new_codes import new_form_code

PENDING_FOR = timedelta(days=30)
"""Time in which the customer's message has to arrive. Afterwards the entry and what the form said are deleted."""


class ShownWordings(NamedTuple):
    """The ids of the versions of the texts next to the boxes of a form; `service`: None without such a box."""

    marketing: int
    service: int | None

    @classmethod
    def of(cls, point: EntryPoint) -> "ShownWordings":
        """Those that a form of this entry point shows now."""
        return cls(point.marketing_wording_id, point.service_wording_id)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form: its key, the ticked boxes, the cleaned answers by the key of the question, and the texts that
    the form showed (None: the present ones)."""

    form_key: UUID | None = None
    marketing: bool = False
    service: bool = False
    answers: Mapping[str, Any] = field(default_factory=dict)
    shown: ShownWordings | None = None


def submit_entry(*, placement: Placement, submission: Submission) -> Entry:
    """Stores a submitted form as a pending entry with a code of its own. Nothing is sent.

    The entry keeps the versions of the texts that the form showed. A second submission of the same form, for example
    after the back button, replaces what the first one said, until the message arrives. Raises DomainError `closed`.
    """
    point = placement.point
    if not point.is_open(clock.now()):
        raise DomainError(_("This form is closed."), code="closed")
    shown = submission.shown or ShownWordings.of(point)
    answers: dict[str, Any] = {
        "answers": dict(submission.answers),
        "marketing": submission.marketing,
        "service": submission.service and shown.service is not None,
        "marketing_wording_id": shown.marketing,
        "service_wording_id": shown.service,
    }
    while True:
        if submission.form_key:
            known = Entry.objects.filter(form_key=submission.form_key, point=point).first()
            if known:
                Entry.objects.filter(pk=known.pk, state=Entry.State.PENDING).update(**answers)
                return known
        try:
            with transaction.atomic():
                return Entry.objects.create(
                    workspace_id=placement.workspace_id,
                    point=point,
                    placement=placement,
                    code=new_form_code(),
                    form_key=submission.form_key,
                    **answers,
                )
        except IntegrityError:  # the same form at the same time, or a code that exists already
            continue


def delete_expired_entries() -> int:
    """Deletes pending entries that are older than PENDING_FOR, with what their forms said and the numbers that were
    typed for them. Typed numbers that were asked longer ago go with every entry: a number may be of a stranger, also if
    the visitor confirmed the form. Returns the number of entries."""
    limit = clock.now() - PENDING_FOR
    old = Entry.objects.filter(state=Entry.State.PENDING, created_at__lt=limit)
    with transaction.atomic():
        forget_requests(NumberRequest.objects.filter(Q(asked_at__lt=limit) | Q(entry__in=old)))
        _rows, deleted = old.delete()
    return deleted.get(Entry._meta.label, 0)


def forget_requests(requests: QuerySet[NumberRequest]) -> None:
    """Deletes these typed numbers, also from the messages that went to them, in the caller's transaction."""
    for request in requests.select_related("workspace"):
        forget_phones(workspace=request.workspace, message_ids=[request.message_id])
    requests.delete()
