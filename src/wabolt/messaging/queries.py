"""The reads and pure decisions of messaging, for other rooms."""

from wabolt.messaging.conversations.shown import shown_channel, shown_conversation
from wabolt.messaging.inbound.answers import answers_message
from wabolt.messaging.inbound.rules import caption, is_place
from wabolt.messaging.inbound.typed import typed_texts
from wabolt.messaging.message_templates.queries import has_gaps, personal_templates, purpose_of, templates
from wabolt.messaging.message_templates.rules import header_file, reads_as
from wabolt.messaging.message_templates.rules import variables as template_variables
from wabolt.messaging.outbox.facts import CONSENT_JOIN, COUNTED, promotion_refusal_sql
from wabolt.messaging.outbox.headroom import Headroom, headroom
from wabolt.messaging.outbox.queries import (
    Cost,
    LaneStatus,
    Price,
    cost_of,
    is_held_past,
    lane_statuses,
    price_table,
    queued_by_channel,
    reason_words,
    send_decision,
)
from wabolt.messaging.outbox.rules import EXPIRED, Pace, cap_windows, finish_estimate
from wabolt.messaging.sendable_files import accepted_files
from wabolt.messaging.store.queries import (
    ServiceWindow,
    channel_for,
    channels_for,
    conversation,
    media_of,
    service_window,
    state_counts,
)
from wabolt.messaging.store.rules import WENT_OUT

__all__ = [
    "CONSENT_JOIN",
    "COUNTED",
    "EXPIRED",
    "WENT_OUT",
    "Cost",
    "Headroom",
    "LaneStatus",
    "Pace",
    "Price",
    "ServiceWindow",
    "accepted_files",
    "answers_message",
    "cap_windows",
    "caption",
    "channel_for",
    "channels_for",
    "conversation",
    "cost_of",
    "finish_estimate",
    "has_gaps",
    "header_file",
    "headroom",
    "is_held_past",
    "is_place",
    "lane_statuses",
    "media_of",
    "personal_templates",
    "price_table",
    "promotion_refusal_sql",
    "purpose_of",
    "queued_by_channel",
    "reads_as",
    "reason_words",
    "send_decision",
    "service_window",
    "shown_channel",
    "shown_conversation",
    "state_counts",
    "template_variables",
    "templates",
    "typed_texts",
]
