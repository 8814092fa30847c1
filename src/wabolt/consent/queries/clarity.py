"""The check of a text about promotions for its required parts, with texts for a page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Keyword
from wabolt.consent.rules import clarity_of


@dataclass(frozen=True, slots=True)
class WordingCheck:
    """The four parts of a text, (name of the part, whether the text has it)."""

    parts: tuple[tuple[str, bool], ...]

    @property
    def missing(self) -> list[str]:
        """The names of the parts that are missing."""
        return [name for name, is_there in self.parts if not is_there]

    @property
    def problem(self) -> str:
        """The sentence about what is missing; "" if nothing is."""
        if not self.missing:
            return ""
        return _("Not found in your text: %(parts)s. Add it, or tick below that you have checked it.") % {
            "parts": ", ".join(self.missing)
        }


def check_wording(workspace: Workspace, text: str) -> WordingCheck:
    """Returns the check of a text that people of this shop agree to for promotions."""
    stops = Keyword.objects.filter(workspace=workspace, action=Keyword.Action.STOP).values_list("normalised", flat=True)
    found = clarity_of(text, workspace.name, list(stops))
    return WordingCheck(
        (
            (_("who writes (%(shop)s)") % {"shop": workspace.name}, found.names_business),
            (_("what is sent"), found.says_what),
            (_("how often"), found.says_how_often),
            (_("how to stop"), found.says_how_to_stop),
        )
    )
