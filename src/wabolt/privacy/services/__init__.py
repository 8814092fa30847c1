"""The writes of the privacy desk."""

from wabolt.privacy.services.answering import (
    answer_access,
    answer_correction,
    answer_objection,
    answer_restriction,
    confirm_erasure,
    end_restriction,
    finish_erasures,
)
from wabolt.privacy.services.breaches import (
    BREACH_ORIGIN,
    create_breach,
    mark_told,
    send_notices,
    start_notices,
    update_breach,
)
from wabolt.privacy.services.deadline_alerts import update_deadline_alerts
from wabolt.privacy.services.erasing import close_for_erased
from wabolt.privacy.services.exports import empty_old_exports, open_export
from wabolt.privacy.services.intake import delete_old_tickets, submit_form, take_requests
from wabolt.privacy.services.merging import join_requests, part_requests
from wabolt.privacy.services.notices import UNDELIVERED, queue_notices, retry_notice, send_notices_due
from wabolt.privacy.services.requests import (
    ORIGIN,
    Asked,
    assign_request,
    cancel_request,
    note_on_request,
    open_request,
    refuse_request,
)
from wabolt.privacy.services.restoring import carry_requests
from wabolt.privacy.services.retention import run_due, save_rules
from wabolt.privacy.services.settings import ensure_settings, save_settings, save_words

__all__ = [
    "BREACH_ORIGIN",
    "ORIGIN",
    "UNDELIVERED",
    "Asked",
    "answer_access",
    "answer_correction",
    "answer_objection",
    "answer_restriction",
    "assign_request",
    "cancel_request",
    "carry_requests",
    "close_for_erased",
    "confirm_erasure",
    "create_breach",
    "delete_old_tickets",
    "empty_old_exports",
    "end_restriction",
    "ensure_settings",
    "finish_erasures",
    "join_requests",
    "mark_told",
    "note_on_request",
    "open_export",
    "open_request",
    "part_requests",
    "queue_notices",
    "refuse_request",
    "retry_notice",
    "run_due",
    "save_rules",
    "save_settings",
    "save_words",
    "send_notices",
    "send_notices_due",
    "start_notices",
    "submit_form",
    "take_requests",
    "update_breach",
    "update_deadline_alerts",
]
