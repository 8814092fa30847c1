"""The action on contacts that this room offers: offer the list in the chat."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, ContactAction, register_contact_action
from wabolt.lib.errors import DomainError
from wabolt.optin.services import OFFER_REASONS, offer_list


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_contact_action(
        ContactAction(
            "optin.offer_list", gettext_lazy("Offer the list"), "user-plus", _offer, _sentence, reasons=OFFER_REASONS,
            asks=True,
            order=50,
        )
    )  # fmt: skip


def _offer(run: ActionRun) -> Mapping[int, str]:
    """Asks each of the contacts who may be asked now. An offer is part of a service chat, so few are; each one costs a
    fixed number of statements."""
    left_out = {}
    for contact in run.contact_ids:
        try:
            offer_list(workspace=run.workspace, contact_id=contact, author=run.by)
        except DomainError as error:
            left_out[contact] = error.code
        except Contact.DoesNotExist:
            continue
    return left_out


def _sentence(_workspace: Workspace, _params: Mapping[str, Any]) -> str:
    return _("Ask whether they want your news, unless they are on the list or have said no")
