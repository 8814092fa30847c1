"""The writes of messaging, for other rooms."""

from wabolt.messaging.conversations.reading import mark_answered, mark_read, mark_waiting
from wabolt.messaging.conversations.replies import Reply, queue_reply
from wabolt.messaging.conversations.shown import show_conversation
from wabolt.messaging.conversations.template_replies import TemplateReply, gaps_for, queue_template, reads_for
from wabolt.messaging.gateway import run as run_gateway
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.inbound.services.receipts import NewReceipt, match_waiting_receipts, settle_receipts
from wabolt.messaging.message_templates.services import (
    NewTemplate,
    check_template,
    check_template_media,
    create_template,
    create_template_content,
    gap_words,
    part_words,
    sync_all_templates,
    sync_templates,
)
from wabolt.messaging.outbox.services.clicks import record_click
from wabolt.messaging.outbox.services.contents import create_content, limit_content
from wabolt.messaging.outbox.services.lanes import (
    clear_archived,
    pause_lane,
    pause_origin,
    resume_lane,
    resume_origin,
)
from wabolt.messaging.outbox.services.prices import set_prices
from wabolt.messaging.outbox.services.queueing import (
    cancel_queued,
    forget_phones,
    move_queued,
    queue_answers,
    queue_from_select,
    queue_keyed,
    queue_messages,
    queue_to_member,
)
from wabolt.messaging.outbox.services.unknown import settle_unknown
from wabolt.messaging.sendable_files import check_carried
from wabolt.messaging.store.drafts import Answer, Draft, KeyedRow
from wabolt.messaging.store.services import close_dialog, close_dialogs, open_dialog

__all__ = [
    "Answer",
    "Draft",
    "KeyedRow",
    "NewReceipt",
    "NewTemplate",
    "Reply",
    "TemplateReply",
    "cancel_queued",
    "check_carried",
    "check_template",
    "check_template_media",
    "clear_archived",
    "close_dialog",
    "close_dialogs",
    "create_content",
    "create_template",
    "create_template_content",
    "forget_phones",
    "gap_words",
    "gaps_for",
    "limit_content",
    "mark_answered",
    "mark_read",
    "mark_waiting",
    "match_waiting_receipts",
    "move_queued",
    "open_dialog",
    "part_words",
    "pause_lane",
    "pause_origin",
    "process_raw_events",
    "queue_answers",
    "queue_from_select",
    "queue_keyed",
    "queue_messages",
    "queue_reply",
    "queue_template",
    "queue_to_member",
    "reads_for",
    "record_click",
    "resume_lane",
    "resume_origin",
    "run_gateway",
    "set_prices",
    "settle_receipts",
    "settle_unknown",
    "show_conversation",
    "sync_all_templates",
    "sync_templates",
    "work_lane_once",
]
