"""A breach of personal data: what the letters say, who is affected, and the notice to them by WhatsApp."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.services import open_alert
from wabolt.channels.queries import channels
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.messaging.models import Message
from wabolt.messaging.queries import channels_for
from wabolt.messaging.services import Draft, queue_messages
from wabolt.privacy.models import Breach
from wabolt.privacy.queries import notice_text
from wabolt.privacy.rules import CATEGORIES, Stage
from wabolt.privacy.services.deadline_alerts import BREACH_ALERTS, resolve_breach_alerts
from wabolt.segments.queries import member_batches, segment_tree

BREACH_ORIGIN = "privacy_breach"
"""`Message.origin_kind` of the notices; `origin_id` is the breach."""
_TEXTS = {"cause": 2000, "risk": 2000, "measures": 2000, "advice": 1000}
_AT_ONCE = 500


@transaction.atomic
def create_breach(*, workspace: Workspace, values: Mapping[str, Any], author: User) -> Breach:
    """Writes a breach down. `values`: by column, with `title` and `known_at`, at which its clock starts. Raises as
    `update_breach`."""
    breach = Breach(workspace=workspace, created_by=author)
    _fill(breach, values)
    breach.save()
    _audit(breach, "breach.create", author)
    data = {"due": breach.due_at.isoformat()}
    open_alert(workspace=workspace, kind=BREACH_ALERTS[Stage.NEW], subject=str(breach.pk), data=data)
    return breach


@transaction.atomic
def update_breach(*, workspace: Workspace, breach_id: int, values: Mapping[str, Any]) -> Breach:
    """Changes what the letters say. `values`: by column; missing ones stay.

    Raises Breach.DoesNotExist and DomainError with the field: "empty", "future", "period", "too_long".
    """
    breach = Breach.objects.select_for_update(of=("self",)).get(workspace=workspace, pk=breach_id)
    _fill(breach, values)
    breach.save()
    _audit(breach, "breach.edit")
    return breach


def _fill(breach: Breach, values: Mapping[str, Any]) -> None:
    if "title" in values:
        _set_first(breach, values["title"], values["known_at"])
    for name, longest in _TEXTS.items():
        if name in values:
            text = storable(str(values[name])).strip()
            if len(text) > longest:
                raise DomainError(_("This is too long."), code="too_long", field=name)
            setattr(breach, name, text)
    if "categories" in values:
        breach.categories = [one for one in CATEGORIES if one in values["categories"]]
    for name in ("happened_from", "happened_until", "people", "segment"):
        if name in values:
            setattr(breach, name, values[name])
    if breach.happened_from and breach.happened_until and breach.happened_from > breach.happened_until:
        raise DomainError(_("The end is before the beginning."), code="period", field="happened_until")


@transaction.atomic
def mark_told(*, workspace: Workspace, breach_id: int, who: str) -> Breach:
    """Notes that a letter went out. `who`: "agency" or "people". Raises Breach.DoesNotExist."""
    breach = Breach.objects.select_for_update(of=("self",)).get(workspace=workspace, pk=breach_id)
    name = "agency_told_at" if who == "agency" else "people_told_at"
    if getattr(breach, name) is None:
        setattr(breach, name, clock.now())
        breach.save(update_fields=[name])
        _audit(breach, "breach.told")
    if not breach.is_open:
        resolve_breach_alerts(breach)
    return breach


@transaction.atomic
def start_notices(*, workspace: Workspace, breach_id: int) -> Breach:
    """Starts the notices to the affected people in the background; a second call sends none twice.

    Raises Breach.DoesNotExist, and DomainError "no_segment" and "no_channel".
    """
    breach = Breach.objects.select_for_update(of=("self",)).get(workspace=workspace, pk=breach_id)
    if breach.segment_id is None:
        raise DomainError(_("Choose the segment of the people first."), code="no_segment", field="segment")
    if not channels(workspace).exists():
        raise DomainError(_("Connect a WhatsApp number first."), code="no_channel")
    if breach.sending_at is None:
        breach.sending_at = clock.now()
        breach.save(update_fields=["sending_at"])
    _audit(breach, "breach.send")
    jobs.defer("privacy.send_notices", once=f"breach:{breach.pk}", breach_id=breach.pk)
    return breach


def send_notices(*, breach_id: int) -> int:
    """Queues the notice for each affected person, once, in batches. The policy and the pace of each number decide when
    they go out. Returns how many are new."""
    breach = Breach.objects.select_related("workspace", "segment").filter(pk=breach_id).first()
    if breach is None or breach.sending_at is None or breach.segment is None or not channels(breach.workspace).exists():
        return 0
    draft = Draft(
        purpose=Message.Purpose.SERVICE, origin_kind=BREACH_ORIGIN, origin_id=breach.pk, text=notice_text(breach)
    )
    count = 0
    for part in member_batches(breach.workspace, segment_tree(breach.segment), _AT_ONCE):
        senders = channels_for(breach.workspace, part)
        for channel in set(senders.values()):
            people = [pk for pk in part if senders[pk] == channel]
            count += len(queue_messages(workspace=breach.workspace, channel=channel, contact_ids=people, draft=draft))
    mark_told(workspace=breach.workspace, breach_id=breach.pk, who="people")
    return count


def _audit(breach: Breach, action: str, by: User | None = None) -> None:
    record_audit(workspace=breach.workspace, actor=by, action=action, target=("breach", breach.pk))


def _set_first(breach: Breach, title: str, known_at: datetime) -> None:
    breach.title = storable(title).strip()[:120]
    if not breach.title:
        raise DomainError(_("Give it a name."), code="empty", field="title")
    if known_at > clock.now():
        raise DomainError(_("This moment is still to come."), code="future", field="known_at")
    breach.known_at = known_at
