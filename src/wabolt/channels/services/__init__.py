"""Writes of channels."""

from wabolt.channels.providers.simulator.phones import SentFile
from wabolt.channels.providers.simulator.phones import buy as buy_as_customer
from wabolt.channels.providers.simulator.phones import release as release_phone
from wabolt.channels.providers.simulator.phones import take as take_phone
from wabolt.channels.providers.simulator.phones import write as write_as_customer
from wabolt.channels.providers.simulator.phones import write_later as plan_as_customer
from wabolt.channels.services.alerting import open_pause_alert, resolve_pause_alert
from wabolt.channels.services.erasing import events_about, forget_in_events, forget_people
from wabolt.channels.services.numbers import (
    WARM_UP,
    NewRawEvent,
    archive_channel,
    audit_channel,
    create_channel,
    may_end_warm_up,
    note_phone,
    retry_events,
    set_state,
    settings_of,
    store_raw_events,
    update_channel_settings,
)
from wabolt.channels.services.pruning import (
    BATCH,
    STATE_KINDS,
    WRONG_FOR,
    prune_raw_events,
)

__all__ = [
    "BATCH",
    "STATE_KINDS",
    "WARM_UP",
    "WRONG_FOR",
    "NewRawEvent",
    "SentFile",
    "archive_channel",
    "audit_channel",
    "buy_as_customer",
    "create_channel",
    "events_about",
    "forget_in_events",
    "forget_people",
    "may_end_warm_up",
    "note_phone",
    "open_pause_alert",
    "plan_as_customer",
    "prune_raw_events",
    "release_phone",
    "resolve_pause_alert",
    "retry_events",
    "set_state",
    "settings_of",
    "store_raw_events",
    "take_phone",
    "update_channel_settings",
    "write_as_customer",
]
