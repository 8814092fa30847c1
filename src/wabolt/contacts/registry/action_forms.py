"""The forms of a list of actions: the same widgets on the pages of rules, chat forms and journeys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry.actions import (
    MOST_ACTIONS,
    ActionCall,
    ContactAction,
    check_calls,
    contact_action,
    contact_actions,
)
from wabolt.lib.errors import DomainError
from wabolt.ui.forms import show_refusal


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action of the list. `number`: its place, counted from 0. `name`: of the hidden field with the action's key.
    `form`: the fields of its parameters."""

    number: int
    name: str
    action: ContactAction
    form: forms.Form


class ActionForms:
    """A list of actions on a page that works without scripts.

    The posted fields are `<prefix>-<number>-action` and one for each parameter. A button `<prefix>-add` whose value
    is the key of an action adds one; `<prefix>-remove` with a number removes one. `is_edited`: one of these buttons was
    pressed, so the page is shown again and nothing is saved. A page that is shown again for another reason passes
    `is_edited`.

    The template `contacts/parts/actions.html` shows the list (`include` with `actions=`).
    """

    def __init__(
        self, workspace: Workspace, data: Mapping[str, Any] | None = None, stored: Sequence[ActionCall] = (),
        *, prefix: str = "then", is_edited: bool = False,
    ) -> None:  # fmt: skip
        self.workspace, self.prefix = workspace, prefix
        self.rows: list[ActionRow] = []
        self.is_edited = is_edited or (data is not None and (f"{prefix}-add" in data or f"{prefix}-remove" in data))
        checks = data is not None and not self.is_edited
        for call in stored if data is None else self._posted(data):
            self._append(call, checks)
        if data is not None and f"{prefix}-add" in data:
            self._append(ActionCall(str(data[f"{prefix}-add"]), {}), checks)

    @property
    def possible(self) -> list[ContactAction]:
        """The actions that can be added; none if the list is full."""
        if len(self.rows) >= MOST_ACTIONS:
            return []
        return [action for action in contact_actions() if action.offered(self.workspace)]

    def is_valid(self) -> bool:
        """Whether all parameters are valid. Shows each refusal next to its field."""
        valid = True
        for row in self.rows:
            if not row.form.is_valid():
                valid = False
            else:
                try:
                    check_calls(self.workspace, [ActionCall(row.action.key, row.form.cleaned_data)])
                except DomainError as error:
                    show_refusal(row.form, error)
                    valid = False
        return valid

    def calls(self) -> list[ActionCall]:
        """The checked calls of a valid list."""
        return check_calls(self.workspace, [ActionCall(row.action.key, row.form.cleaned_data) for row in self.rows])

    def _posted(self, data: Mapping[str, Any]) -> list[ActionCall]:
        removed = str(data.get(f"{self.prefix}-remove", ""))
        found = []
        for number in range(MOST_ACTIONS):
            key = str(data.get(f"{self.prefix}-{number}-action", ""))
            action = contact_action(key)
            if action is not None and removed != str(number):
                names = action.fields(self.workspace)
                params = {name: data.get(f"{self.prefix}-{number}-{name}") for name in names}
                found.append(ActionCall(key, params))
        return found

    def _append(self, call: ActionCall, checks: bool) -> None:
        """Adds a row; its form is bound to the values if they are to be checked. A full list stays as it is."""
        action, number = contact_action(call.key), len(self.rows)
        if action is None or number >= MOST_ACTIONS:
            return
        prefix, fields = f"{self.prefix}-{number}", action.fields(self.workspace)
        bound = {f"{prefix}-{name}": call.params.get(name) for name in fields} if checks else None
        form = forms.Form(bound, initial=None if checks else dict(call.params), prefix=prefix)
        form.fields.update(fields)
        self.rows.append(ActionRow(number, f"{prefix}-action", action, form))
