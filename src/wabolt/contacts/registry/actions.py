"""Actions on contacts that rules, chat forms and journeys run: give a label, set a field, give a voucher.

The room that owns the data registers its actions. A room that runs actions stores them as `ActionCall.stored()` and
knows none of them by name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.lib.errors import DomainError

MOST_ACTIONS = 6
"""Actions of one rule, of one chat form or of one step."""


@dataclass(frozen=True, slots=True)
class ActionRun:
    """One request to run an action for many contacts.

    `keys`: {contact id: idempotency key of at most 80 characters}. An action that creates something, such as a voucher
    or a message, creates it once per contact and key. `params`: the cleaned values of the action's form fields.
    `origin`: what runs the action, as in `Message.origin_kind` and `origin_id`: ("auto_reply", 5). `by`: the member who
    asked for it; None if it runs by itself.
    """

    workspace: Workspace
    keys: Mapping[int, str]
    params: Mapping[str, Any]
    origin: tuple[str, int]
    by: User | None = None

    @property
    def contact_ids(self) -> list[int]:
        """The contacts, in ascending order, so that two runs lock rows in the same order."""
        return sorted(self.keys)


def _no_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    return {}


def _unchanged(_workspace: Workspace, params: Mapping[str, Any]) -> Mapping[str, Any]:
    return params


@dataclass(frozen=True, slots=True)
class ContactAction:
    """Something that can be done to contacts.

    `key`: stored with rules and steps, "<room>.<verb>". `label`: an imperative, such as "Give a label".
    `icon`: a name of the sprite.
    `apply(run)`: does it for all contacts in a fixed number of statements, in the transaction of the caller. Returns
    {contact id: code of `reasons`} of the contacts for whom nothing could be done. A second run with the same keys
    creates nothing. Contacts of other workspaces and erased ones are ignored. Raises DomainError if the parameters are
    no longer valid, for example because a field was deleted.
    `fields(workspace)`: the form fields of the parameters. Their cleaned values are text, whole numbers or booleans.
    `check(workspace, params)`: returns the parameters as they are stored. Raises DomainError whose `field` names a
    parameter.
    `sentence(workspace, params)`: the effect as a short sentence for the owner. It does not raise.
    `reasons`: {code: words} of why nothing was done for a contact.
    `gives`: it gives the customer something that a person gets once for one occasion, such as a voucher.
    `asks`: it sends the customer a question of its own. A rule or form that answers too sends its answer first.
    `offered(workspace)`: whether the workspace can use the action now; it is left out of lists otherwise.
    """

    key: str
    label: str | Promise
    icon: str
    apply: Callable[[ActionRun], Mapping[int, str]]
    sentence: Callable[[Workspace, Mapping[str, Any]], str]
    fields: Callable[[Workspace], Mapping[str, forms.Field]] = _no_fields
    check: Callable[[Workspace, Mapping[str, Any]], Mapping[str, Any]] = _unchanged
    reasons: Mapping[str, str | Promise] | None = None
    gives: bool = False
    asks: bool = False
    offered: Callable[[Workspace], bool] = lambda _workspace: True
    order: int = 100


@dataclass(frozen=True, slots=True)
class ActionCall:
    """An action with its parameters, as a rule or a step stores it."""

    key: str
    params: Mapping[str, Any]

    def stored(self) -> dict[str, Any]:
        """The call as JSON."""
        return {"action": self.key, "params": dict(self.params)}

    def sentence(self, workspace: Workspace) -> str:
        """A sentence about what happens; the key for an action that is no longer registered."""
        action = contact_action(self.key)
        return action.sentence(workspace, self.params) if action else self.key


_actions: dict[str, ContactAction] = {}


def register_contact_action(*actions: ContactAction) -> None:
    """Adds actions. A second registration of a key replaces the first."""
    _actions.update({action.key: action for action in actions})


def contact_action(key: str) -> ContactAction | None:
    """The registered action, or None: a stored call of a removed action does nothing."""
    return _actions.get(key)


def contact_actions() -> tuple[ContactAction, ...]:
    """All registered actions in the order of their list."""
    return tuple(sorted(_actions.values(), key=lambda action: (action.order, action.key)))


def read_calls(stored: Iterable[Mapping[str, Any]]) -> list[ActionCall]:
    """The calls out of their stored form."""
    return [ActionCall(str(item.get("action", "")), item.get("params") or {}) for item in stored]


def check_calls(workspace: Workspace, calls: Sequence[ActionCall]) -> list[ActionCall]:
    """The calls with checked parameters. Raises DomainError: as the actions, `unknown_action`, `too_many`."""
    if len(calls) > MOST_ACTIONS:
        raise DomainError(_("At most six actions."), code="too_many", field="actions")
    checked = []
    for call in calls:
        action = contact_action(call.key)
        if action is None:
            raise DomainError(_("There is no such action."), code="unknown_action", field="actions")
        checked.append(ActionCall(call.key, action.check(workspace, call.params)))
    return checked
