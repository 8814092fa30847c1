"""Writes of broadcasts: compose, schedule, freeze, pause, resume, cancel, finish."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import audience_sql
from wabolt.broadcasts.rules import EDITABLE, may_become
from wabolt.channels.models import Channel
from wabolt.channels.providers.registry import capabilities
from wabolt.commerce.services import issue_vouchers
from wabolt.consent.models import Suppression
from wabolt.contacts.services import resolve_contact
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.messaging import rendering
from wabolt.messaging.models import Message, MessageContent, Template
from wabolt.messaging.rules.templates import reads_as
from wabolt.messaging.services import (
    cancel_queued,
    check_template,
    create_content,
    create_template_content,
    pause_origin,
    queue_from_select,
    queue_messages,
    resume_origin,
)
from wabolt.segments.models import Segment
from wabolt.segments.queries import compile_segment
from wabolt.segments.rules import SegmentError, from_json

ORIGIN = "broadcast"
TRIAL_VOUCHER = {"code": "CONTOH-1234", "percent": 10, "until": "2026-12-31"}
TEST_NUMBERS = 5
"""So many different phones may get trial messages within a day."""
State = Broadcast.State

# Held out by a hash of broadcast and contact: the choice is as good as random, and the same however often it is made.
FREEZE = """
INSERT INTO broadcasts_recipient (broadcast_id, contact_id, outcome, reason)
SELECT %(broadcast)s, contact_id,
       CASE WHEN reason <> '' THEN 'suppressed'
            WHEN %(holdout)s > 0
             AND mod(hashint8extended(contact_id, %(broadcast)s) & 9223372036854775807, 100) < %(holdout)s
            THEN 'held_out'
            ELSE 'queued' END,
       reason
  FROM ({audience}) AS audience
"""
CHOSEN = """
SELECT r.contact_id
  FROM broadcasts_recipient r WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""
CHOSEN_WITH_VARIABLES = """
SELECT r.contact_id, CASE WHEN v.code IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('voucher', jsonb_build_object(
         'code', v.code, 'percent', v.percent, 'until', (v.valid_until AT TIME ZONE %(s_timezone)s)::date)) END
       || CASE WHEN %(s_strangers)s THEN '{"to_strangers": true}'::jsonb ELSE '{}'::jsonb END
  FROM broadcasts_recipient r
  LEFT JOIN commerce_voucher v
    ON v.origin_kind = 'broadcast' AND v.origin_id = r.broadcast_id AND v.contact_id = r.contact_id
 WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""


def save_draft(
    *,
    workspace: Workspace,
    channel: Channel,
    segment: Segment,
    name: str,
    text: str,
    holdout_percent: int = 0,
    voucher_percent: int = 0,
    voucher_days: int = 14,
    attribution_days: int = 7,
    template: Template | None = None,
    parameters: Mapping[str, str] | None = None,
    creation_key: uuid.UUID | None = None,
    user: User | None = None,
    broadcast: Broadcast | None = None,
) -> Broadcast:
    """Creates a draft or, given `broadcast`, changes one that has not started. The same `creation_key` twice (a double
    submit, back and forward again) is one broadcast: while it is a draft the later words count.

    Raises DomainError for a text that cannot be rendered, and "needs_template" for a number whose promotions have to
    be approved; `text` is then how `template` reads with its `parameters` (None: those it had).
    """
    text = rendering.plain_newlines(text)
    template = _template_for(channel, template)
    chosen: dict[str, str] = {}
    if template is None:
        rendering.validate_text(workspace, text, Message.Purpose.MARKETING)
    else:
        kept = broadcast.parameters if broadcast and broadcast.template_id == template.pk else {}
        chosen = dict(kept if parameters is None else parameters)
        text = reads_as(template.components, chosen)
    values = {
        "channel": channel, "segment": segment, "segment_tree": segment.tree, "name": name.strip(), "text": text,
        "template": template, "parameters": chosen,
        "holdout_percent": holdout_percent, "voucher_percent": voucher_percent,
        "voucher_days": voucher_days, "attribution_days": attribution_days,
        "to_strangers": False,  # whoever lifted that meant this segment, as it was
    }  # fmt: skip
    if broadcast is None:
        key = creation_key or uuid.uuid4()
        try:
            with transaction.atomic():
                created = Broadcast.objects.create(workspace=workspace, creation_key=key, created_by=user, **values)
                target = {"target_kind": ORIGIN, "target_id": created.pk}
                record_audit(workspace=workspace, user=user, action="broadcast.create", **target)  # type: ignore[arg-type]
                return created
        except IntegrityError:
            broadcast = Broadcast.objects.get(workspace=workspace, creation_key=key)
            if broadcast.state not in EDITABLE:
                return broadcast
    with transaction.atomic():
        locked = _locked(broadcast)
        if locked.state not in EDITABLE:
            raise DomainError(_("This broadcast has already started and can no longer be changed."), code="started")
        for field, value in values.items():
            setattr(locked, field, value)
        locked.save()
    return locked


def _template_for(channel: Channel, template: Template | None) -> Template | None:
    if not capabilities(channel.provider).needs_templates:
        return None
    if template is None:
        message = _("Promotions from this number need a template that Meta has approved. Choose one.")
        raise DomainError(message, code="needs_template", field="template")
    if template.channel_id != channel.pk:
        message = _("This template belongs to another number.")
        raise DomainError(message, code="other_channel", field="template")
    return template


@transaction.atomic
def fill_template(*, broadcast: Broadcast, parameters: Mapping[str, str]) -> Broadcast:
    """Says what stands in the gaps of a draft's template. Raises DomainError with the variable as its field."""
    locked = _locked(broadcast)
    if locked.state not in EDITABLE or locked.template is None:
        raise DomainError(_("This broadcast has already started and can no longer be changed."), code="started")
    purpose = Message.Purpose.MARKETING
    check_template(workspace=locked.workspace, template=locked.template, parameters=parameters, purpose=purpose)
    locked.parameters = {key: text.strip() for key, text in parameters.items()}
    locked.text = reads_as(locked.template.components, locked.parameters)
    locked.save(update_fields=["parameters", "text"])
    return locked


def is_ready(broadcast: Broadcast) -> bool:
    """Whether the gaps of the broadcast's template are all filled and Meta still lets it go out."""
    if broadcast.template is None:
        return True
    try:
        check_template(
            workspace=broadcast.workspace, template=broadcast.template, parameters=broadcast.parameters,
            purpose=Message.Purpose.MARKETING,
        )  # fmt: skip
    except DomainError:
        return False
    return True


def content_of(broadcast: Broadcast) -> MessageContent:
    """What the broadcast's messages share. Raises DomainError when it cannot go out any more."""
    if broadcast.template is None:
        return create_content(workspace=broadcast.workspace, text=broadcast.text)
    return create_template_content(
        workspace=broadcast.workspace, template=broadcast.template, parameters=broadcast.parameters
    )


@transaction.atomic
def schedule(*, broadcast: Broadcast, at: datetime) -> Broadcast:
    """Lets the broadcast start by itself at `at` (aware). Raises DomainError for a moment that is over, or as `start`
    does."""
    _ready(_locked(broadcast))
    if at <= clock.now():
        raise DomainError(_("That moment has already passed. Choose a later one."), code="past", field="scheduled_at")
    locked = _move(broadcast, State.SCHEDULED, scheduled_at=at)
    jobs.defer("broadcasts.start_scheduled", at=at, broadcast_id=locked.pk, scheduled_at=at.isoformat())
    return locked


@transaction.atomic
def unschedule(*, broadcast: Broadcast) -> Broadcast:
    """Makes a scheduled broadcast a draft again, to be changed. Raises DomainError for any other."""
    return _move(broadcast, State.DRAFT, only=State.SCHEDULED, scheduled_at=None)


@transaction.atomic
def start(*, broadcast: Broadcast) -> Broadcast:
    """Hands the broadcast to a worker that freezes its audience and starts sending. Starting twice starts once.

    Raises DomainError "no_segment" for a draft whose segment was deleted, "no_channel" when its number was archived.
    """
    locked = _locked(broadcast)
    if locked.state in {State.FREEZING, State.RUNNING}:
        return locked
    _ready(locked)
    locked = _move(locked, State.FREEZING, started_at=clock.now(), problem="")
    jobs.defer("broadcasts.freeze", broadcast_id=locked.pk, once=f"freeze-{locked.pk}")
    return locked


def start_if_due(*, broadcast_id: int, scheduled_at: datetime) -> None:
    """Starts the broadcast if it still waits for exactly this moment; a changed plan has a job of its own."""
    with transaction.atomic():
        found = Broadcast.objects.select_for_update().filter(pk=broadcast_id, state=State.SCHEDULED).first()
        if found and found.scheduled_at == scheduled_at:
            try:
                start(broadcast=found)
            except DomainError as error:
                _back_to_draft(found, error)


@transaction.atomic
def freeze(*, broadcast_id: int) -> Broadcast:
    """Stores who is in the audience and why others are not, makes vouchers, queues the messages: all of it or nothing.

    A worker that dies here leaves the broadcast preparing; the job comes again and starts from the beginning.
    """
    broadcast = Broadcast.objects.select_for_update(of=("self",)).select_related(
        "workspace", "channel", "segment", "template"
    )
    locked = broadcast.get(pk=broadcast_id)
    if locked.state != State.FREEZING:
        return locked
    workspace, now = locked.workspace, clock.now()
    if locked.segment:
        locked.segment_tree = locked.segment.tree
    try:
        compile_segment(workspace, from_json(locked.segment_tree), now)
        locked.content = content_of(locked)
    except (DomainError, SegmentError) as error:
        return _back_to_draft(locked, error)
    audience, params = audience_sql(locked, now)
    with connection.cursor() as cursor:
        cursor.execute(
            FREEZE.format(audience=audience), {**params, "broadcast": locked.pk, "holdout": locked.holdout_percent}
        )
        locked.planned = cursor.rowcount
    chosen = {"s_broadcast": locked.pk, "s_timezone": workspace.timezone, "s_strangers": locked.to_strangers}
    if locked.voucher_percent:
        issue_vouchers(
            workspace=workspace, origin_kind=ORIGIN, origin_id=locked.pk, percent=locked.voucher_percent,
            valid_until=now + timedelta(days=locked.voucher_days), select=CHOSEN, params=chosen,
        )  # fmt: skip
    queue_from_select(
        workspace=workspace, channel=locked.channel, purpose=Message.Purpose.MARKETING, origin_kind=ORIGIN,
        origin_id=locked.pk, content=locked.content, select_sql=CHOSEN_WITH_VARIABLES, params=chosen,
    )  # fmt: skip
    locked.state = State.RUNNING
    locked.save()
    return locked


def let_to_strangers(*, broadcast: Broadcast, allowed: bool) -> None:
    """Lets a draft go to people who never wrote, over a number that else would not. Raises DomainError `started`."""
    if not Broadcast.objects.filter(pk=broadcast.pk, state=State.DRAFT).update(to_strangers=allowed):
        raise DomainError(_("This broadcast has already begun."), code="started")


@transaction.atomic
def pause(*, broadcast: Broadcast) -> Broadcast:
    """Stops sending before the next batch; a scheduled broadcast does not start while it is paused."""
    locked = _move(broadcast, State.PAUSED)
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def resume(*, broadcast: Broadcast) -> Broadcast:
    """Goes on with what is still queued; one that had not begun waits for its moment again, or begins."""
    locked = _locked(broadcast)
    if locked.content_id is None:
        resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
        if locked.scheduled_at and locked.scheduled_at > clock.now():
            return schedule(broadcast=locked, at=locked.scheduled_at)
        return start(broadcast=locked)
    locked = _move(locked, State.RUNNING)
    resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def cancel(*, broadcast: Broadcast) -> Broadcast:
    """Ends the broadcast; what has not been attempted will not be."""
    locked = _move(broadcast, State.CANCELLED, finished_at=clock.now())
    cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason="broadcast_cancelled")
    return locked


@transaction.atomic
def delete_draft(*, broadcast: Broadcast) -> None:
    """Removes a broadcast that never started. Raises DomainError for any other."""
    locked = _locked(broadcast)
    if locked.state != State.DRAFT:
        raise DomainError(_("Only a draft can be deleted. A broadcast that was sent stays on record."), code="started")
    locked.delete()


def copy_broadcast(*, broadcast: Broadcast, user: User | None = None) -> Broadcast:
    """A new draft like `broadcast`. Raises DomainError when its segment is gone."""
    if broadcast.segment is None:
        raise DomainError(_("The segment of this broadcast no longer exists."), code="no_segment")
    return save_draft(
        workspace=broadcast.workspace, channel=broadcast.channel, segment=broadcast.segment,
        name=broadcast.name, text=broadcast.text, holdout_percent=broadcast.holdout_percent,
        voucher_percent=broadcast.voucher_percent, voucher_days=broadcast.voucher_days,
        attribution_days=broadcast.attribution_days, template=broadcast.template, parameters=broadcast.parameters,
        user=user,
    )  # fmt: skip


@transaction.atomic
def send_test(*, broadcast: Broadcast, phone: str, text: str) -> None:
    """Sends `text`, already rendered, to the owner's own number (E.164).

    A trial is no way around permission: at most TEST_NUMBERS different numbers a day, and none that has stopped.
    """
    workspace = broadcast.workspace
    if Suppression.objects.filter(workspace=workspace, kind="phone", value=phone).exists():
        raise DomainError(_("That number has asked for no more messages."), code="suppressed_number")
    contact, _created = resolve_contact(workspace=workspace, identities=[("phone", phone)], source="test")
    today = clock.now() - timedelta(days=1)
    tried = Message.objects.filter(workspace=workspace, origin_kind="test", created_at__gt=today)
    if tried.exclude(contact=contact).values("contact").distinct().count() >= TEST_NUMBERS:
        raise DomainError(_("Trials went to enough different numbers today. Use one of those."), code="too_many")
    content = content_of(broadcast) if broadcast.template else None
    queue_messages(
        workspace=workspace, channel=broadcast.channel, contact_ids=[contact.pk], purpose=Message.Purpose.SERVICE,
        origin_kind="test", origin_id=broadcast.pk, text="" if content else text, content=content,
        priority=Message.Priority.SERVICE, variables={"voucher": TRIAL_VOUCHER} if content else None,
    )  # fmt: skip


def complete_finished() -> int:
    """Closes every running broadcast that has nothing left to send; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE broadcasts_broadcast b SET state = 'completed', finished_at = %(now)s WHERE b.state = 'running'"
            " AND NOT EXISTS (SELECT FROM messaging_message m WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id"
            " AND m.state IN ('queued', 'sending'))",
            {"now": clock.now()},
        )
        return int(cursor.rowcount)


def after_restore() -> None:
    """A restored backup must not go on sending by itself: what ran or waited is paused for a person to decide."""
    begun = (State.RUNNING, State.FREEZING, State.SCHEDULED)
    for broadcast in Broadcast.objects.filter(state__in=begun).select_related("workspace"):
        with transaction.atomic():
            pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)
            Broadcast.objects.filter(pk=broadcast.pk).update(state=State.PAUSED)


def _locked(broadcast: Broadcast) -> Broadcast:
    """The broadcast as it is now, locked until the end of the transaction: two buttons pressed at once act in turn."""
    return Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel").get(pk=broadcast.pk)


def _ready(broadcast: Broadcast) -> None:
    """Raises DomainError when the broadcast lacks what it was written for."""
    if broadcast.state == State.DRAFT and broadcast.segment_id is None:
        raise DomainError(_("The segment of this broadcast no longer exists. Choose another."), code="no_segment")
    if broadcast.channel.archived_at is not None:
        raise DomainError(_("The number of this broadcast is no longer in use. Choose another."), code="no_channel")


def _back_to_draft(broadcast: Broadcast, error: Exception) -> Broadcast:
    """What could not start waits for its owner, and says why."""
    return _move(broadcast, State.DRAFT, started_at=None, scheduled_at=None, problem=str(error)[:300])


def _move(broadcast: Broadcast, state: str, *, only: str = "", **changes: object) -> Broadcast:
    locked = _locked(broadcast)
    if not may_become(locked.state, state) or (only and locked.state != only):
        raise DomainError(
            _("That is not possible any more: the broadcast is now “%(state)s”.")
            % {"state": locked.get_state_display()},
            code="wrong_state",
        )
    locked.state = state
    for field, value in changes.items():
        setattr(locked, field, value)
    locked.save()
    return locked
