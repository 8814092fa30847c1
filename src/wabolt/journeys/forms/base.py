"""The base of the forms that edit a part of a draft."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import event_kinds
from wabolt.journeys.forms.event_data import conditions, fact_fields, fact_initial
from wabolt.journeys.models import Journey
from wabolt.journeys.rules import definition as d
from wabolt.segments.models import Segment
from wabolt.segments.queries import (
    SegmentError,
    access_segment,
    condition_words,
    error_text,
    list_segments,
    print_tree,
    segment_tree,
)
from wabolt.ui.searching import SearchedRadios
from wabolt.ui.versions import Versioned

REFRESHES = {
    "hx-post": "", "hx-trigger": "change", "hx-target": "#part", "hx-select": "#part", "hx-swap": "outerHTML",
    "hx-vals": '{"refresh": "1"}',
}  # fmt: skip
"""Attributes of a field after whose change the form is shown again with other fields."""
NONE = "none"
"""The value of a field for a condition that is taken away."""


class ConditionSelect(forms.Select):
    """The choice of a condition: the one that was built, with a button that builds it, or that of a saved segment.

    The button submits the form; its page then goes on with the builder of segments (`PartForm.wants`).
    """

    template_name = "journeys/parts/condition.html"

    def __init__(self, prefix: str, words: str) -> None:
        super().__init__()
        self.prefix, self.words = prefix, words

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"prefix": self.prefix, "words": self.words}


class PartForm(Versioned):
    """A form for a part of the draft, which refuses to overwrite what another member has changed."""

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self._built: dict[str, str] = {}

    def modes_of(self, name: str) -> str:
        """The modes in which a field is shown, for the attribute `data-modes`; "" for all of them."""
        return ""

    @property
    def is_refresh(self) -> bool:
        """Whether the form is only shown again, because a choice brings other fields, or a search its results."""
        return self.is_bound and ("refresh" in self.data or any(map(self._searches, self.fields)))

    def _searches(self, name: str) -> bool:
        widget = self.fields[name].widget
        return isinstance(widget, SearchedRadios) and widget.searches(self.data, name)

    def is_valid(self) -> bool:
        """A form that is only shown again is neither valid nor wrong: nothing is saved, and no error is shown."""
        return not self.is_refresh and super().is_valid()

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_refresh:
            self._errors = ErrorDict()

    @property
    def wants(self) -> str:
        """The prefix of the condition that the member wants to build next; "" for none."""
        prefix = self.data.get("build", "") if self.is_bound else ""
        return prefix if prefix in self._built else ""

    def slot(self, prefix: str) -> str:
        """The place of the condition with this prefix, as `condition_places` names it."""
        raise NotImplementedError

    def asks(self, prefix: str, label: Any, built: str, *, may_be_none: bool = False) -> None:
        """Adds the field of a condition. `built`: its text in the draft, "" for none."""
        self._built[prefix] = built
        choices: list[tuple[str, str | Promise]] = [("", _("This condition") if built else "–")]
        if may_be_none and built:
            choices.append((NONE, _("No condition")))
        choices += [(str(pk), name) for pk, name in list_segments(self.workspace).values_list("pk", "name")]
        words = condition_words(self.workspace, built) if built else ""
        self.fields[f"{prefix}condition"] = forms.ChoiceField(
            label=label, choices=choices, required=False, widget=ConditionSelect(prefix, words)
        )

    def condition(self, prefix: str, *, may_be_none: bool = False) -> str:
        """The text of the condition; "" with an error next to the field if there is none, unless it is built next."""
        chosen = self.cleaned_data.get(f"{prefix}condition", "")
        if chosen == NONE:
            return ""
        if chosen:
            return self._of_segment(prefix, access_segment(self.workspace, int(chosen)))
        if not self._built[prefix] and not may_be_none and not self.wants:
            self.add_error(f"{prefix}condition", _("Build a condition, or choose a segment."))
        return self._built[prefix]

    def asks_facts(self, event: str, before: d.Happening) -> None:
        """Adds the fields of conditions on the data of `event`. They show those of `before`, the draft, if that is the
        same kind of event."""
        self.fields.update(fact_fields(self.workspace, event))
        if before.event == event:
            self.initial.update(fact_initial(self.workspace, event, before.where))

    def facts(self, event: str, before: d.Happening | None) -> dict[str, Any]:
        """The conditions of the fields of `asks_facts`. Conditions of `before` that they do not show are kept."""
        where = before.where if before is not None and before.event == event else {}
        return conditions(self.workspace, event, self.cleaned_data, where)

    def _of_segment(self, prefix: str, segment: Segment) -> str:
        try:
            return print_tree(segment_tree(segment), self.workspace.language)
        except SegmentError as error:
            self.add_error(f"{prefix}condition", error_text(error))
            return ""


class StepForm(PartForm):
    """The form of one step. `step()` of a valid form is the step as it is edited."""

    def __init__(self, journey: Journey, definition: d.Definition, edited: d.Step, *args: Any, **kwargs: Any) -> None:
        self.journey, self.definition, self.edited = journey, definition, edited
        super().__init__(journey.workspace, *args, initial=self.values(edited), **kwargs)
        self.build()

    def values(self, edited: Any) -> dict[str, Any]:
        """The values of the fields for a step."""
        raise NotImplementedError

    def build(self) -> None:
        """Adds the fields that depend on the shop and on the step."""

    def step(self) -> d.Step:
        """The step of a valid form."""
        raise NotImplementedError


HAPPENINGS = (
    ("order", gettext_lazy("the customer orders")),
    ("event", gettext_lazy("something happens")),
    ("segment", gettext_lazy("a condition is true")),
)


class HappeningForm(PartForm):
    """A form with the fields of a happening: its kind, an event with conditions on its data, and a condition."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"where": gettext_lazy("Which of them")}

    def happens(self, happening: d.Happening | None, *, empty: str | None = None) -> None:
        """Adds the fields. `empty`: the words for "nothing"; None: something must be chosen."""
        choices = [("", empty), *HAPPENINGS] if empty is not None else list(HAPPENINGS)
        self.fields["until"] = forms.ChoiceField(label=gettext_lazy("Until"), choices=choices, required=False)
        self.fields["event"] = forms.ChoiceField(
            label=gettext_lazy("What happens"), required=False,
            choices=event_choices(),
        )  # fmt: skip
        built = happening.when if happening is not None else ""
        self.asks("until_", gettext_lazy("The condition"), built)
        for name in ("until", "event"):
            self.fields[name].widget.attrs.update(REFRESHES)
        before = happening if happening is not None and happening.kind == "event" else d.Happening("event")
        chosen = self.data.get("until", "") if self.is_bound else (happening.kind if happening is not None else "")
        event = str(self.data.get("event", "")) if self.is_bound else before.event
        if chosen == "event":
            self.asks_facts(event, before)

    def happening(self, before: d.Happening | None) -> d.Happening | None:
        """The happening of the form; None for "nothing". Adds errors next to its fields. `before`: the happening of the
        draft (`facts`)."""
        match self.cleaned_data.get("until"):
            case "order":
                return d.Happening("order")
            case "event":
                event = self.cleaned_data.get("event", "")
                if not event:
                    self.add_error("event", _("Choose what happens."))
                return d.Happening("event", event, self.facts(event, before))
            case "segment":
                return d.Happening("segment", when=self.condition("until_"))
            case _:
                return None


def event_choices() -> list[tuple[str, str | Promise]]:
    """All kinds of events by their words."""
    return [(kind.key, kind.label) for kind in sorted(event_kinds(), key=lambda kind: str(kind.label))]


def happening_initial(happening: d.Happening | None) -> dict[str, Any]:
    """The values of the fields of a happening."""
    if happening is None:
        return {"until": "", "event": "", "where": {}}
    return {"until": happening.kind, "event": happening.event, "where": dict(happening.where)}
