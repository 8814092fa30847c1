"""Writes of channels."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels import registry, rules
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.rules import Settings
from wabolt.channels.services.alerting import resolve_alerts_of_archived, update_state_alert
from wabolt.channels.signals import channel_archived
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable, storable_json

WARM_UP = timedelta(days=14)
"""Time after linking before which the owner cannot end the warm-up."""


@dataclass(frozen=True, slots=True)
class NewRawEvent:
    """An event of a provider, not parsed yet. `dedupe_key` None: the vendor's events have no id."""

    kind: str
    payload: Mapping[str, Any]
    occurred_at: datetime
    dedupe_key: str | None = None


def create_channel(
    *,
    workspace: Workspace,
    provider: str,
    name: str,
    phone: str = "",
    options: Mapping[str, Any] | None = None,
    actor: User | None = None,
) -> Channel:
    """Creates a number that is not connected yet; a simulated one is connected at once.

    Raises DomainError `unknown_provider`, `demo_workspace` (only simulated numbers are allowed) or `no_name`.
    """
    capabilities = registry.capabilities(provider)
    if workspace.is_demo and not capabilities.is_simulation:
        raise DomainError(
            _("This is a demo shop: it can only have simulated numbers."), code="demo_workspace", field="provider"
        )
    if not name.strip():
        raise DomainError(_("Give this number a name."), code="no_name", field="name")
    channel = Channel(
        workspace=workspace, provider=provider, name=name.strip(), phone=phone, options=dict(options or {})
    )
    if capabilities.is_simulation:
        channel.state, channel.linked_at = Channel.State.CONNECTED, clock.now()
    with transaction.atomic():
        channel.save()
        audit_channel(channel, actor, "channel.create", {"provider": provider, "name": channel.name})
    return channel


def settings_of(channel: Channel) -> Settings:
    """Returns the settings of the channel."""
    return Settings(**{field: getattr(channel, field) for field in Settings.__dataclass_fields__})


def update_channel_settings(
    *,
    channel: Channel,
    actor: User | None = None,
    name: str = "",
    answers: Mapping[str, str] | None = None,
    **changes: Any,
) -> Channel:
    """Changes fields of `rules.Settings`, the name, and the shop's own `answers` to stop and start words (by
    "stop_word" and "start_word"; None: unchanged).

    Raises DomainError `out_of_bounds` with `field` and params `fault`, or `warm_up` for a number that is too new.
    """
    with transaction.atomic():
        fresh = Channel.objects.select_for_update().get(pk=channel.pk)
        before = settings_of(fresh)
        wanted = replace(before, **changes)
        _check(fresh, before, wanted)
        changed = {f: v for f, v in asdict(wanted).items() if v != getattr(before, f)}
        if name.strip() and name.strip() != fresh.name:
            changed["name"] = name.strip()
        audited = {field: [str(getattr(fresh, field)), str(value)] for field, value in changed.items()}
        if answers is not None and dict(answers) != fresh.options.get("answers", {}):
            changed["options"] = {**fresh.options, "answers": dict(answers)}
            audited["answers"] = [str(fresh.options.get("answers", {})), str(dict(answers))]
        for field, value in changed.items():
            setattr(fresh, field, value)
        if changed:
            fresh.save(update_fields=list(changed))
            audit_channel(fresh, actor, "channel.settings", audited)
    return fresh


def _check(channel: Channel, before: Settings, settings: Settings) -> None:
    limits = registry.capabilities(channel.provider)
    faults = rules.check_settings(
        settings, max_per_minute=limits.max_messages_per_minute, max_daily_cap=limits.max_daily_cap
    )
    if faults:
        raise DomainError(
            _("This setting is out of its bounds."), code="out_of_bounds", field=faults[0].field, fault=faults[0]
        )
    if before.warm_up and not settings.warm_up and not may_end_warm_up(channel):
        raise DomainError(
            _("A new number has to start slowly: the warm-up can be ended 14 days after linking."),
            code="warm_up",
            field="warm_up",
        )


def may_end_warm_up(channel: Channel) -> bool:
    """Whether the owner may end the warm-up: not for a real number that is too new."""
    if registry.capabilities(channel.provider).is_simulation:
        return True
    return channel.linked_at is not None and clock.now() - channel.linked_at >= WARM_UP


def archive_channel(*, channel: Channel, actor: User | None = None) -> None:
    """Archives a number: its messages stay, and nothing is sent or collected any more. Idempotent."""
    with transaction.atomic():
        if Channel.objects.filter(pk=channel.pk, archived_at=None).update(archived_at=clock.now()):
            audit_channel(channel, actor, "channel.archive", {"name": channel.name})
            resolve_alerts_of_archived(channel)
            channel_archived.send(Channel, channel=channel)


def set_state(
    *, channel: Channel, state: str, detail: Mapping[str, Any] | None = None, at: datetime | None = None
) -> bool:
    """Stores the state of the number as the vendor reports it. Returns False for a report that is older than the known
    state.

    The first `connected`, and the first one after a ban, starts the warm-up (`linked_at`).
    """
    if state not in Channel.State.values:
        raise ValueError(f"no such channel state: {state}")
    moment = at or clock.now()
    changes: dict[str, Any] = {"state": state, "state_detail": dict(detail or {}), "state_since": moment}
    with transaction.atomic():
        current = Channel.objects.select_for_update().get(pk=channel.pk)
        if current.state_since > moment and current.state != Channel.State.NEW:
            return False
        if state == Channel.State.CONNECTED and current.linked_at is None:
            changes["linked_at"] = moment
        if state == Channel.State.BANNED:
            changes |= {"linked_at": None, "warm_up": True}  # a banned number comes back as a new one
        if current.state == state:
            del changes["state_since"]
        Channel.objects.filter(pk=channel.pk).update(**changes)
        if current.archived_at is None:
            update_state_alert(channel, state, changes["state_detail"])
    for field, value in changes.items():
        setattr(channel, field, value)
    return True


def note_phone(*, channel: Channel, phone: str) -> None:
    """Stores the number (E.164) that was linked. A different number than before starts the warm-up again."""
    with transaction.atomic():
        current = Channel.objects.select_for_update().get(pk=channel.pk)
        changes: dict[str, Any] = {"phone": phone}
        if current.phone and current.phone != phone:
            changes |= {"linked_at": clock.now(), "warm_up": True}
        Channel.objects.filter(pk=channel.pk).update(**changes)


def retry_events(*, channel: Channel, actor: User | None = None) -> int:
    """Resets the attempts of raw events that reached `RawEvent.MAX_ATTEMPTS`. Returns the number of events."""
    with transaction.atomic():
        spent = RawEvent.objects.filter(channel=channel, processed_at=None, attempts__gte=RawEvent.MAX_ATTEMPTS)
        count = spent.update(attempts=0)
        if count:
            audit_channel(channel, actor, "channel.retry_events", {"count": count})
    return count


def store_raw_events(*, channel: Channel, events: Iterable[NewRawEvent]) -> int:
    """Commits events of a provider with one statement. Returns how many were new (by `dedupe_key`)."""
    rows = list(events)
    if not rows:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO channels_rawevent
                   (channel_id, kind, dedupe_key, payload, occurred_at, received_at, attempts, error)
            SELECT %s, e.kind, e.dedupe_key, e.payload, e.occurred_at, %s, 0, ''
              FROM unnest(%s::text[], %s::text[], %s::jsonb[], %s::timestamptz[])
                   WITH ORDINALITY AS e(kind, dedupe_key, payload, occurred_at, n)
             ORDER BY e.n
            ON CONFLICT (channel_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
            """,
            [
                channel.pk,
                clock.now(),
                [row.kind for row in rows],
                [row.dedupe_key if row.dedupe_key is None else storable(row.dedupe_key) for row in rows],
                [Jsonb(storable_json(row.payload)) for row in rows],
                [row.occurred_at for row in rows],
            ],
        )
        return int(cursor.rowcount)


def audit_channel(channel: Channel, actor: User | None, action: str, data: Mapping[str, Any]) -> None:
    """Adds an audit entry for an action ("channel.create" ...) on a number."""
    record_audit(workspace=channel.workspace, actor=actor, action=action, target=("channel", channel.pk), data=data)
