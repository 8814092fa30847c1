"""Entries of events in the registry of journeys: a trigger around an event, its variables, and a recipe.

An event reminds its guests itself, a day and an hour before (`services.reminders`). So the trigger offers moments two
days or longer before, and one after. A guest never gets two reminders.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import (
    Definition,
    DueQuery,
    Entry,
    Inside,
    Recipe,
    Send,
    Settings,
    Trigger,
    TriggerKind,
    Wait,
    register_recipe,
    register_trigger,
)
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import short_date
from wabolt.lib.sql import statement
from wabolt.optin.models import Registration, ShopEvent
from wabolt.personalization.queries import MAX_TEXT
from wabolt.personalization.registry import Variable, VariableGroup, register_variables

BEFORE = (7, 3, 2)
"""Days before an event that can be chosen."""
AFTER = 1
PAST = timedelta(days=14)
"""Time after the end of an event in which guests still enter."""
_DUE = statement(__file__, "due_guests")
VARIABLES = (
    Variable("event.name", gettext_lazy("Name of the event"), "Kelas Membatik"),
    Variable("event.day", gettext_lazy("Day of the event"), "12 Des 2026"),
    Variable("event.time", gettext_lazy("Time of the event"), "10.00"),
    Variable("event.place", gettext_lazy("Place of the event"), "Jl. Braga 12"),
)


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_variables(VariableGroup("event", _variables, dates=frozenset({"day"})))
    register_trigger(
        TriggerKind(
            "shop_event", gettext_lazy("An event of yours comes up"), "calendar-event", _sentence, due=_due,
            left_by=_no_longer_guests, ending_kinds=("event_cancelled",), fields=_fields, check=_checked,
            sample=_sample, has_occasions=True, order=15,
        )
    )  # fmt: skip
    register_recipe(
        Recipe(
            "event", gettext_lazy("Around an event"), "calendar-event",
            gettext_lazy("What to bring some days before, and thanks afterwards."),
            gettext_lazy(
                "Guests of the event get your advice some days before, and your thanks afterwards. A day and an hour"
                " before the event reminds them itself."
            ),
            _questions, _recipe, Journey.Importance.TRANSACTION, Journey.ContentClass.VALUE,
            offered=lambda workspace: _coming(workspace).exists(), order=70,
        )
    )  # fmt: skip


def _variables(workspace: Workspace) -> Sequence[Variable]:
    """The variables, in shops that have events. Only the messages of a journey around an event have their values."""
    return VARIABLES if ShopEvent.objects.filter(workspace=workspace).exists() else ()


def _coming(workspace: Workspace) -> QuerySet[ShopEvent]:
    found = ShopEvent.objects.filter(workspace=workspace, cancelled_at=None, starts_at__gt=clock.now())
    return found.select_related("point").order_by("starts_at", "pk")


def _event_field(workspace: Workspace) -> forms.Field:
    lang = get_language() or "id"
    choices = [(event.pk, f"{event}, {short_date(_day(event), None, lang)}") for event in _coming(workspace)]
    label = gettext_lazy("Which event?")
    first = choices[0][0] if choices else None
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, initial=first)


def _chosen(workspace: Workspace, settings: Settings) -> ShopEvent | None:
    found = ShopEvent.objects.filter(workspace=workspace, pk=settings.get("event") or 0)
    return found.select_related("point").first()


def _day(event: ShopEvent) -> datetime:
    return event.starts_at.astimezone(event.tz)


def _fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    days = [(-before, _moment_words(-before)) for before in BEFORE]
    return {
        "event": _event_field(workspace),
        "days": forms.TypedChoiceField(
            label=gettext_lazy("When"), coerce=int, choices=[*days, (AFTER, _moment_words(AFTER))],
            help_text=gettext_lazy("A day and an hour before, the event reminds its guests itself."),
        ),
    }  # fmt: skip


def _moment_words(days: int) -> str:
    if days > 0:
        return _("the day after")
    return ngettext("%(n)s day before", "%(n)s days before", -days) % {"n": -days}


def _checked(workspace: Workspace, settings: Settings) -> Settings:
    event, days = settings.get("event"), settings.get("days")
    if _chosen(workspace, settings) is None:
        raise DomainError(_("Choose an event."), code="unknown_event", field="event")
    if days not in (AFTER, *(-before for before in BEFORE)):
        raise DomainError(_("Choose one of the list."), code="bad_days", field="days")
    return {"event": event, "days": days}


def _sentence(workspace: Workspace, settings: Settings) -> str:
    event = _chosen(workspace, settings)
    values = {"event": event or "?", "moment": _moment_words(int(settings.get("days") or AFTER))}
    return _("Guests of “%(event)s”, %(moment)s") % values


def _due(journey: Journey, settings: Settings, now: datetime) -> DueQuery:
    """Guests with a seat for whom the moment has come. Who registers later enters at once, and the journey leaves out
    the messages of earlier days."""
    params = {
        "t_workspace": journey.workspace_id, "t_journey": journey.pk, "t_event": settings.get("event") or 0,
        "t_after": timedelta(days=int(settings.get("days") or AFTER)), "t_now": now, "t_oldest": now - PAST,
    }  # fmt: skip
    return DueQuery(_DUE, params, has_context=True)


def _no_longer_guests(workspace: Workspace, people: Sequence[Inside]) -> dict[int, str]:
    """People who gave their seat back, or whose event was cancelled or moved."""
    awaited = {one.enrollment_id: (seat[0], seat[1]) for one in people if (seat := one.context.get("registration"))}
    rows = Registration.objects.filter(
        workspace=workspace, pk__in={pk for pk, _starts in awaited.values()}, state=Registration.State.REGISTERED,
        event__cancelled_at=None,
    )  # fmt: skip
    kept = {(pk, int(starts.timestamp())) for pk, starts in rows.values_list("pk", "event__starts_at")}
    return {enrollment: "event_off" for enrollment, seat in awaited.items() if seat not in kept}


def _sample(workspace: Workspace, settings: Settings) -> Mapping[str, Any]:
    """The values of the chosen event for a test run."""
    event = _chosen(workspace, settings)
    if event is None:
        return {}
    place = event.venue or event.online_url
    return {
        "event": {"name": event.point.name, "day": _day(event).date().isoformat(), "time": f"{_day(event):%H.%M}",
                  "place": place}
    }  # fmt: skip


def _questions(workspace: Workspace) -> Mapping[str, forms.Field]:
    before = _(
        "Hi {{ contact.first_name | default: 'there' }}, we look forward to seeing you at *{{ event.name }}*:"
        " {{ event.day }}, {{ event.time }}, {{ event.place }}. If something comes up, please tell us here."
    )
    thanks = _(
        "Hi {{ contact.first_name | default: 'there' }}, thank you for being with us at *{{ event.name }}*! How did you"
        " like it?"
    )
    return {
        "event": _event_field(workspace),
        "days": forms.TypedChoiceField(
            label=gettext_lazy("Your advice: how many days before?"), coerce=int, initial=BEFORE[1],
            choices=[(days, str(days)) for days in BEFORE],
        ),
        "before": _message(before, gettext_lazy("Your advice")),
        "thanks": _message(thanks, gettext_lazy("Your thanks")),
    }  # fmt: skip


def _message(initial: str, label: Any) -> forms.Field:
    attrs = {"rows": 5, "maxlength": MAX_TEXT, "data-tokens": ""}
    return forms.CharField(label=label, initial=initial, max_length=MAX_TEXT, widget=forms.Textarea(attrs=attrs))


def _recipe(answers: Mapping[str, Any], new_id: Any) -> Definition:
    return Definition(
        Trigger("shop_event", {"event": answers["event"], "days": -answers["days"]}),
        Entry("always"),
        steps=(
            Send(new_id(), answers["before"], purpose="service", content_class="value", not_later_minutes=12 * 60),
            Wait(new_id(), amount=answers["days"] + 1, at="10:00"),
            Send(new_id(), answers["thanks"], purpose="service", content_class="value"),
        ),
    )
