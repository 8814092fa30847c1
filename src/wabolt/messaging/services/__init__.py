"""Writes of messaging. `intake` has a module of its own (wabolt.messaging.services.intake)."""

from wabolt.messaging.services.clicks import record_click
from wabolt.messaging.services.contents import create_content, limit_content
from wabolt.messaging.services.lanes import clear_archived, pause_lane, pause_origin, resume_lane, resume_origin
from wabolt.messaging.services.media import check_carried, check_size, hold_media, keep_media, store_media
from wabolt.messaging.services.personal import gaps_for, queue_template, reads_for
from wabolt.messaging.services.prices import set_prices
from wabolt.messaging.services.queueing import cancel_queued, queue_from_select, queue_messages, queue_reply
from wabolt.messaging.services.receipts import NewReceipt, match_waiting_receipts, settle_receipts
from wabolt.messaging.services.seen import mark_read
from wabolt.messaging.services.sending import run_gateway, work_lane_once
from wabolt.messaging.services.templates import (
    check_template,
    check_template_media,
    create_template,
    create_template_content,
    gap_words,
    part_words,
    sync_all_templates,
    sync_templates,
)
from wabolt.messaging.services.unused_media import purge_media

__all__ = [
    "NewReceipt",
    "cancel_queued",
    "check_carried",
    "check_size",
    "check_template",
    "check_template_media",
    "clear_archived",
    "create_content",
    "create_template",
    "create_template_content",
    "gap_words",
    "gaps_for",
    "hold_media",
    "keep_media",
    "limit_content",
    "mark_read",
    "match_waiting_receipts",
    "part_words",
    "pause_lane",
    "pause_origin",
    "purge_media",
    "queue_from_select",
    "queue_messages",
    "queue_reply",
    "queue_template",
    "reads_for",
    "record_click",
    "resume_lane",
    "resume_origin",
    "run_gateway",
    "set_prices",
    "settle_receipts",
    "store_media",
    "sync_all_templates",
    "sync_templates",
    "work_lane_once",
]
