"""The writes of opt-in, for other rooms and for views."""

from wabolt.optin.services.afterwards import action_sentences, save_actions
from wabolt.optin.services.confirming import confirm_entries
from wabolt.optin.services.embedding import set_embedding
from wabolt.optin.services.entries import (
    ShownWordings,
    Submission,
    delete_expired_entries,
    forget_requests,
    submit_entry,
)
from wabolt.optin.services.new_codes import new_form_code
from wabolt.optin.services.numbers import answer_numbers, ask_number
from wabolt.optin.services.offering import OFFER_REASONS, answer_offers, offer_list
from wabolt.optin.services.points import (
    ICONS,
    LinkDraft,
    PointDraft,
    add_placement,
    archive_point,
    check_end,
    check_greeting,
    close_point,
    create_point,
    note_print,
    update_point,
)
from wabolt.optin.services.restoring import carry_points
from wabolt.optin.services.settings import make_asking_template, save_settings
from wabolt.optin.services.simulating import send_simulated_customers
from wabolt.optin.services.taps import record_tap

__all__ = [
    "ICONS",
    "OFFER_REASONS",
    "LinkDraft",
    "PointDraft",
    "ShownWordings",
    "Submission",
    "action_sentences",
    "add_placement",
    "answer_numbers",
    "answer_offers",
    "archive_point",
    "ask_number",
    "carry_points",
    "check_end",
    "check_greeting",
    "close_point",
    "confirm_entries",
    "create_point",
    "delete_expired_entries",
    "forget_requests",
    "make_asking_template",
    "new_form_code",
    "note_print",
    "offer_list",
    "record_tap",
    "save_actions",
    "save_settings",
    "send_simulated_customers",
    "set_embedding",
    "submit_entry",
    "update_point",
]
