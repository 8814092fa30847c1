"""The field of a form with the text that people agree to for promotions."""

from django import forms

from wabolt.accounts.models import Workspace
from wabolt.consent.queries import WordingCheck, check_wording, current_wording
from wabolt.optin.wordings import default_wording
from wabolt.ui.versions import Versioned


class WithWording(Versioned):
    """A form with a field "wording", where an empty text means the shop's usual one. A new text in which a part is not
    found needs a tick of the member."""

    workspace: Workspace

    @property
    def is_accepted(self) -> bool:
        """Whether the member has checked the text."""
        return bool(self.data.get("wording_anyway"))

    @property
    def wording_check(self) -> WordingCheck:
        """The check of the text that the form shows, or of the usual one."""
        return check_wording(self.workspace, self["wording"].value() or self._usual())

    def clean_wording(self) -> str:
        text: str = self.cleaned_data["wording"]
        if text.strip() and text != self.initial.get("wording") and not self.is_accepted:
            problem = check_wording(self.workspace, text).problem
            if problem:
                raise forms.ValidationError(problem)
        return text

    def _usual(self) -> str:
        found = current_wording(self.workspace, "marketing")
        return found.text if found else default_wording("marketing", self.workspace.name)
