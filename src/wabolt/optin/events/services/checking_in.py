"""The door: guests who came."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import Actor, record_audit
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.optin.models import Registration, ShopEvent


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The result at the door. `changed`: whether this call changed the registration. It does not if another helper
    changed it before, or if the guest has no seat."""

    registration: Registration
    changed: bool


@transaction.atomic
def check_in(*, workspace: Workspace, registration_id: int, by: User | None) -> CheckIn:
    """Notes that a guest came. If two helpers check in the same guest at once, one call changes the registration.

    A registration without a seat is not changed. Raises Registration.DoesNotExist.
    """
    now = clock.now()
    here = Registration.objects.filter(workspace=workspace, pk=registration_id)
    absent = here.filter(state=Registration.State.REGISTERED, checked_in_at=None)
    changed = absent.update(checked_in_at=now, checked_in_by=by) == 1
    registration = here.select_related("event__point", "contact", "checked_in_by").get()
    if changed:
        _record(registration, "event_attended", now)
    return CheckIn(registration, changed)


@transaction.atomic
def undo_check_in(*, workspace: Workspace, registration_id: int, seen: datetime, by: User | None) -> CheckIn:
    """Takes a check-in back. `seen`: its time as the helper saw it; a later check-in of another helper stays. `by`: as
    in `check_in`, None for a helper without an account.

    Raises Registration.DoesNotExist.
    """
    here = Registration.objects.filter(workspace=workspace, pk=registration_id)
    changed = here.filter(checked_in_at=seen).update(checked_in_at=None, checked_in_by=None) == 1
    registration = here.select_related("event__point", "contact", "checked_in_by").get()
    if changed:
        _record(registration, "event_absent", clock.now())
        record_audit(
            workspace=workspace,
            actor=by or Actor(_("Helper at the door")),
            action="event.undo_check_in",
            target=("entry_point", registration.event.point_id),
            data={"ticket": registration.ticket},
        )
    return CheckIn(registration, changed)


@transaction.atomic
def open_door(*, workspace: Workspace, event_id: int, is_open: bool = True) -> ShopEvent:
    """Makes a link with which helpers without an account check guests in (`queries.door_path`), or ends it. A new link
    ends the one before. Raises ShopEvent.DoesNotExist."""
    event = (
        ShopEvent.objects.select_for_update(no_key=True, of=("self",))
        .select_related("point")
        .get(workspace=workspace, pk=event_id)
    )
    event.door_opened_at = clock.now() if is_open else None
    event.save(update_fields=["door_opened_at"])
    action = "event.open_door" if is_open else "event.close_door"
    record_audit(workspace=workspace, action=action, target=("entry_point", event.point_id))
    return event


def _record(registration: Registration, kind: str, at: datetime) -> None:
    data = {"event": registration.event_id, "ticket": registration.ticket}
    record_events(workspace=registration.workspace, events=[NewEvent(registration.contact_id, kind, at, data)])
