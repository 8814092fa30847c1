"""Runs the contact actions of rules and chat forms."""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.commerce.queries import voucher_values, vouchers_given
from wabolt.contacts.registry import ActionCall, ActionRun, contact_action
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

log = logging.getLogger(__name__)


def run_actions(
    *, workspace: Workspace, keys: Mapping[int, str], calls: Sequence[ActionCall], origin: tuple[str, int],
    asking: bool = False,
) -> None:  # fmt: skip
    """Runs each action for these contacts, in the caller's transaction. `keys`: {contact id: idempotency key of all of
    them together}. `asking`: runs those that ask the customer something, after the answer went out; otherwise the
    others, before it.

    An action that is refused, for example because its column was deleted, is logged; the customers' messages and the
    other actions are not affected.
    """
    for place, call in enumerate(calls):
        action = contact_action(call.key)
        if action is None or action.asks != asking:
            continue
        placed = {contact: f"{key}:{place}" for contact, key in keys.items()}
        try:
            with transaction.atomic():
                action.apply(ActionRun(workspace, placed, call.params, origin))
        except DomainError as error:
            log.warning("the action %s of %s %s was refused: %s", call.key, *origin, error.code)


def voucher_variables(
    workspace: Workspace, origin: tuple[str, int], contact_ids: Collection[int]
) -> dict[int, dict[str, Any]]:
    """{contact id: variables of a text} with the newest voucher that the origin gave, if it can be used."""
    return {
        contact: {"voucher": voucher_values(workspace, voucher)}
        for contact, voucher in vouchers_given(workspace, origin, contact_ids).items()
        if voucher.redeemed_at is None and voucher.valid_until > clock.now()
    }
