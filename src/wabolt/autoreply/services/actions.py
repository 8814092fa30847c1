"""Runs the contact actions of rules and chat forms."""

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.commerce.queries import voucher_values, vouchers_given
from wabolt.contacts.registry import ActionCall, ActionRun, contact_action
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

log = logging.getLogger(__name__)


def run_actions(
    *, workspace: Workspace, contact_id: int, calls: Sequence[ActionCall], key: str, origin: tuple[str, int]
) -> None:
    """Runs each action for a contact, in the caller's transaction. `key`: the idempotency key of all of them together.

    An action that is refused, for example because its column was deleted, is logged; the customer's message and the
    other actions are not affected.
    """
    for place, call in enumerate(calls):
        action = contact_action(call.key)
        if action is None:
            continue
        try:
            with transaction.atomic():
                action.apply(ActionRun(workspace, {contact_id: f"{key}:{place}"}, call.params, origin))
        except DomainError as error:
            log.warning("the action %s of %s %s was refused: %s", call.key, *origin, error.code)


def given_voucher(workspace: Workspace, origin: tuple[str, int], contact_id: int) -> dict[str, Any]:
    """The newest valid voucher that the origin gave to the contact, as variables of a text; {} if there is none."""
    voucher = vouchers_given(workspace, origin, [contact_id]).get(contact_id)
    if voucher is None or voucher.redeemed_at is not None or voucher.valid_until <= clock.now():
        return {}
    return {"voucher": voucher_values(workspace, voucher)}
