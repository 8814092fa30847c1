"""Tells addresses outside that a person, whose data they got, is erased (`contacts.services.note_disclosure`).

The notice names the person by the id that the address knows, and nothing else. It is signed
(https://www.standardwebhooks.com) and repeated for a week.
"""

import json
import logging
import time
from collections.abc import Collection, Sequence
from datetime import timedelta

import httpx
from django.db import transaction
from django.db.models import Q

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.services import open_alert, resolve_alert
from wabolt.contacts.models import Disclosure
from wabolt.contacts.queries import absorbed_of
from wabolt.lib import clock
from wabolt.lib.outgoing import PrivateAddressError
from wabolt.lib.webhooks import post_signed
from wabolt.privacy.models import DataRequest, ErasureNotice
from wabolt.privacy.rules import WAITS, is_final, wait_after

log = logging.getLogger(__name__)
TYPE = "contact.erased"
UNDELIVERED = "privacy.notice"
"""The alert about notices that were given up."""
FIRST_AFTER = timedelta(minutes=1)
"""Wait before the first attempt: a call with the person's data that is under way ends before."""


def queue_notices(*, workspace: Workspace, contact_ids: Sequence[int]) -> int:
    """Queues the notices about people who are being erased, in the caller's transaction. Returns their number."""
    disclosures = Disclosure.objects.filter(workspace=workspace, contact__in=contact_ids).order_by("pk")
    requests = DataRequest.objects.filter(workspace=workspace, contact__in=contact_ids, state=DataRequest.State.ERASING)
    by_contact = {request.contact_id: request for request in requests}
    for contact_id, absorbed in absorbed_of(workspace, list(by_contact)).items():
        by_contact |= dict.fromkeys(absorbed, by_contact[contact_id])
    due_at = clock.now() + FIRST_AFTER
    notices = [
        ErasureNotice(
            workspace=workspace, contact_id=row.contact_id, address=row.address, due_at=due_at,
            request=by_contact.get(row.contact_id),
        )
        for row in disclosures
    ]  # fmt: skip
    ErasureNotice.objects.bulk_create(notices, batch_size=1000)
    return len(notices)


def send_notices_due(*, seconds: float = 45) -> int:
    """Attempts the notices that are due, for about this long. Returns the number that were delivered.

    An address that fails is not called again in this run, so a slow one does not hold up others.
    """
    end, failed, done = time.monotonic() + seconds, set[str](), 0
    while time.monotonic() < end and (notice := _claim(failed)) is not None:
        problem = _problem_of(notice)
        if problem:
            failed.add(notice.address)
        _settle(notice, problem)
        done += not problem
    return done


@transaction.atomic
def retry_notice(*, workspace: Workspace, notice_id: int, actor: User) -> ErasureNotice:
    """Lets a notice that was given up be attempted again. Raises ErasureNotice.DoesNotExist."""
    found = ErasureNotice.objects.select_for_update(of=("self",)).filter(state=ErasureNotice.State.FAILED)
    notice = found.get(workspace=workspace, pk=notice_id)
    notice.state, notice.attempts, notice.due_at = ErasureNotice.State.WAITING, 0, clock.now()
    notice.settled_at = None
    notice.save(update_fields=["state", "attempts", "due_at", "settled_at"])
    _tell_members(workspace)
    record_audit(workspace=workspace, actor=actor, action="privacy.notice_retry", data={"notice": notice.pk})
    return notice


@transaction.atomic
def _claim(without: Collection[str]) -> ErasureNotice | None:
    """Takes a due notice and commits its attempt: a crash after it is one failed attempt."""
    now = clock.now()
    # A wait that is longer than any began before the clock was set back.
    is_due = Q(due_at__lte=now) | Q(due_at__gt=now + max(WAITS) + FIRST_AFTER)
    due = ErasureNotice.objects.filter(is_due, state=ErasureNotice.State.WAITING).exclude(address__in=without)
    found = due.select_for_update(of=("self",), skip_locked=True).select_related("workspace")
    notice = found.order_by("due_at", "pk").first()
    if notice is None:
        return None
    notice.attempts += 1
    notice.due_at = now + (wait_after(notice.attempts) or max(WAITS))
    notice.save(update_fields=["attempts", "due_at"])
    return notice


def _problem_of(notice: ErasureNotice) -> str:
    """Posts the notice. Returns what went wrong; "" if the address has it."""
    told = {"type": TYPE, "timestamp": notice.created_at.isoformat(), "data": {"contact": notice.contact_id}}
    try:
        status = post_signed(
            notice.address,
            body=json.dumps(told).encode(),
            message_id=str(notice.uid),
            workspace_id=notice.workspace_id,
        )
    except PrivateAddressError:
        return "private"
    except (OSError, httpx.HTTPError):
        return "unreachable"
    except ValueError:
        return "no_address"
    return "" if 200 <= status < 300 else str(status)


@transaction.atomic
def _settle(notice: ErasureNotice, problem: str) -> None:
    now, state = clock.now(), ErasureNotice.State
    if not problem:
        notice.state, notice.settled_at = state.DELIVERED, now
    elif is_final(problem) or wait_after(notice.attempts) is None:
        notice.state, notice.settled_at = state.FAILED, now
        log.warning("an address outside could not be told of erasure notice %s: %s", notice.pk, problem)
    notice.problem = problem
    notice.save(update_fields=["state", "settled_at", "problem"])
    if notice.state == state.FAILED:
        _tell_members(notice.workspace)


def _tell_members(workspace: Workspace) -> None:
    """Opens the alert while notices are given up, or ends it."""
    count = ErasureNotice.objects.filter(workspace=workspace, state=ErasureNotice.State.FAILED).count()
    if count:
        open_alert(workspace=workspace, kind=UNDELIVERED, subject="", data={"count": count})
    else:
        resolve_alert(workspace=workspace, kind=UNDELIVERED, subject="")
