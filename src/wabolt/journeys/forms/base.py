"""The base of the forms that edit a part of a draft."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import event_kinds
from wabolt.journeys.conditions import checked_condition
from wabolt.journeys.rules import definition as d
from wabolt.segments.models import Segment
from wabolt.segments.queries import list_segments
from wabolt.ui.versions import Versioned

EXAMPLE = gettext_lazy("Like on the page of segments, for example: city = Bandung")


class PartForm(Versioned):
    """A form for a part of the draft, which refuses to overwrite what another member has changed."""

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def modes_of(self, name: str) -> str:
        """The modes in which a field is shown, for the attribute `data-modes`; "" for all of them."""
        return ""

    def asks(self, prefix: str) -> None:
        """Adds the two fields of a condition: a saved segment, and a text."""
        self.fields[f"{prefix}segment"] = forms.ModelChoiceField(
            list_segments(self.workspace), label=gettext_lazy("Customers in the segment"), required=False,
            empty_label=gettext_lazy("Write it myself"),
        )  # fmt: skip
        self.fields[f"{prefix}when"] = forms.CharField(
            label=gettext_lazy("… or customers with"), required=False, max_length=4000, help_text=EXAMPLE
        )

    def condition(self, prefix: str) -> str:
        """The condition in the two fields; "" with an error next to the field if there is none."""
        segment: Segment | None = self.cleaned_data.get(f"{prefix}segment")
        try:
            return checked_condition(self.workspace, segment, self.cleaned_data.get(f"{prefix}when", ""))
        except ValidationError as error:
            self.add_error(f"{prefix}when", error)
            return ""


HAPPENINGS = (
    ("order", gettext_lazy("the customer orders")),
    ("event", gettext_lazy("something happens")),
    ("segment", gettext_lazy("a condition is true")),
)


class HappeningForm(PartForm):
    """A form with the fields of a happening: its kind, the kind of event, and a condition."""

    def happens(self, *, empty: str | None = None) -> None:
        """Adds the fields. `empty`: the words for "nothing"; None: something must be chosen."""
        choices = [("", empty), *HAPPENINGS] if empty is not None else list(HAPPENINGS)
        self.fields["until"] = forms.ChoiceField(label=gettext_lazy("Until"), choices=choices, required=False)
        self.fields["event"] = forms.ChoiceField(
            label=gettext_lazy("What happens"), required=False,
            choices=[(kind.key, kind.label) for kind in sorted(event_kinds(), key=lambda kind: str(kind.label))],
        )  # fmt: skip
        self.asks("until_")

    def happening(self) -> d.Happening | None:
        """The happening of the form; None for "nothing". Adds errors next to its fields."""
        match self.cleaned_data.get("until"):
            case "order":
                return d.Happening("order")
            case "event":
                if not self.cleaned_data.get("event"):
                    self.add_error("event", _("Choose what happens."))
                return d.Happening("event", self.cleaned_data.get("event", ""))
            case "segment":
                return d.Happening("segment", when=self.condition("until_"))
            case _:
                return None


def happening_initial(happening: d.Happening | None) -> dict[str, Any]:
    """The values of the fields of a happening."""
    if happening is None:
        return {"until": "", "event": "", "until_when": ""}
    return {"until": happening.kind, "event": happening.event, "until_when": happening.when}
