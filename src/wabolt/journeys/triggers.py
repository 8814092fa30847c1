"""The kinds of triggers that journeys bring themselves. optin adds joining, commerce has the events of carts."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Workspace
from wabolt.commerce.queries import cart_still_waits
from wabolt.contacts.models import Field
from wabolt.contacts.queries import fields, tags
from wabolt.contacts.registry import LoggedEvent, event_kind, event_kinds
from wabolt.journeys import restocking
from wabolt.journeys.event_words import with_facts
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.facts import TOLERANCE
from wabolt.journeys.registry import DueQuery, Inside, Occasion, TriggerKind, register_trigger
from wabolt.journeys.rules.dates import FEB29, LONGEST, occurrences
from wabolt.journeys.rules.definition import Settings
from wabolt.journeys.rules.event_data import fits, is_condition
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import statement
from wabolt.segments.queries import list_segments
from wabolt.ui.suggestions import Suggesting

BIRTHDAY = "birthday"
MAX_SILENCE = 730
MADE_UP_FOR = dt.timedelta(days=30)
"""People who reached the required silence within this time still enter, for example after the shop's computer was
off."""
PAST = dt.timedelta(days=30)
"""Events that took place longer ago than this start nothing, such as the orders of an imported file."""
_LEAP_YEAR = 2000
_DATES = statement(__file__, "due_dates")
# Indexes of contacts answer the first and the last one.
_BORN = """c.birth_date IS NOT NULL AND EXTRACT(MONTH FROM c.birth_date) = EXTRACT(MONTH FROM o.date)
   AND EXTRACT(DAY FROM c.birth_date) = EXTRACT(DAY FROM o.date)"""
_EACH_YEAR = "substring(c.fields ->> %(t_field)s FROM 6 FOR 5) = to_char(o.date, 'MM-DD')"
_ONCE = "c.fields @> jsonb_build_object(%(t_field)s::text, o.date::text)"
_SILENT = statement(__file__, "due_silent")


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_trigger(
        TriggerKind(
            "date", gettext_lazy("A date comes up"), "cake", _date_sentence, due=_due_dates, fields=_date_fields,
            check=_checked_date, has_occasions=True, order=10,
        ),
        TriggerKind(
            "order", gettext_lazy("Orders something"), "shopping-bag", _order_sentence,
            event_kinds=lambda _settings: ("order_completed",), occasion=_order, has_occasions=True,
            once=True, facts_of=lambda _settings: "order_completed", check=_checked_facts, order=20,
        ),
        restocking.trigger(),
        TriggerKind(
            "cart_abandoned", gettext_lazy("Leaves a cart"), "shopping-cart-x", _cart_sentence,
            event_kinds=lambda _settings: ("cart_abandoned",), facts_of=lambda _settings: "cart_abandoned",
            check=_checked_facts, occasion=_cart, left_by=_ended_carts,
            ending_kinds=("cart_updated", "order_completed"), has_occasions=True,
            profiles=True, order=30,
        ),
        TriggerKind(
            "silence", gettext_lazy("Is silent for a while"), "moon", _silence_sentence, due=_due_silent,
            fields=_silence_fields, check=_checked_silence, profiles=True, hourly=True, order=40,
        ),
        TriggerKind(
            "tag_added", gettext_lazy("Gets a label"), "tag", _tag_sentence, event_kinds=lambda _s: ("tag_added",),
            occasion=_tag, fields=_tag_fields, check=_checked_tag, order=50,
        ),
        TriggerKind(
            "segment_entered", gettext_lazy("Comes into a segment"), "users", _segment_sentence("segment_entered"),
            event_kinds=lambda _s: ("segment_entered",), occasion=_segment, fields=_segment_fields,
            check=_checked_segment, watches=_watched, profiles=True, order=60,
        ),
        TriggerKind(
            "segment_left", gettext_lazy("Leaves a segment"), "users", _segment_sentence("segment_left"),
            event_kinds=lambda _s: ("segment_left",), occasion=_segment, fields=_segment_fields,
            check=_checked_segment, watches=_watched, profiles=True, order=70,
        ),
        TriggerKind(
            "event", gettext_lazy("Something else happens"), "bolt", _event_sentence, event_kinds=_chosen_event,
            occasion=_event, fields=_event_fields, check=_checked_event,
            facts_of=lambda settings: str(settings.get("event", "")), order=80,
        ),
        TriggerKind(
            "by_hand", gettext_lazy("A member lets people in"), "hand-finger", lambda _w, _s: _("By hand"), order=90
        ),
        TriggerKind(
            "api", gettext_lazy("Another program lets people in"), "api", lambda _w, _s: _("By the API"), once=True,
            order=95,
        ),
    )  # fmt: skip


# Dates ----------------------------------------------------------------------------------------------------------------


def _due_dates(journey: Journey, settings: Settings, now: dt.datetime) -> DueQuery:
    """People for whom a date has come up. A yearly date lets a person in once a year, any other once."""
    field, yearly = str(settings.get("field", BIRTHDAY)), _is_yearly(settings)
    found = occurrences(
        now, journey.workspace.tz, days=int(settings.get("days", 0)), at=str(settings.get("at", "09:00")),
        feb29=str(settings.get("feb29", FEB29[0])),
    )  # fmt: skip
    rows = [
        (date, str(one.day.year) if yearly else one.day.isoformat(), one.moment)
        for one in found
        for date in ([dt.date(_LEAP_YEAR, *day) for day in one.months_days] if yearly else [one.day])
    ]
    params = {
        "t_workspace": journey.workspace_id, "t_journey": journey.pk, "t_field": field,
        "t_dates": [row[0] for row in rows], "t_keys": [row[1] for row in rows], "t_moments": [row[2] for row in rows],
    }  # fmt: skip
    return DueQuery(_DATES.format(on_date=_BORN if field == BIRTHDAY else _EACH_YEAR if yearly else _ONCE), params)


def _is_yearly(settings: Settings) -> bool:
    return settings.get("field", BIRTHDAY) == BIRTHDAY or bool(settings.get("yearly"))


def _date_columns(workspace: Workspace) -> dict[str, str]:
    columns = fields(workspace).filter(kind=Field.Kind.DATE)
    return {BIRTHDAY: str(_("Birthday")), **dict(columns.values_list("key", "label"))}


def _date_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    return {
        "field": forms.ChoiceField(label=gettext_lazy("Which date"), choices=[*_date_columns(workspace).items()]),
        "days": forms.IntegerField(
            label=gettext_lazy("Days after the date"), min_value=-LONGEST, max_value=LONGEST, initial=0,
            help_text=gettext_lazy("-3 is three days before it, 0 is the day itself."),
        ),
        "at": forms.TimeField(label=gettext_lazy("At"), initial="09:00"),
        "yearly": forms.BooleanField(label=gettext_lazy("Every year"), required=False),
        "feb29": forms.ChoiceField(
            label=gettext_lazy("29 February in other years"),
            choices=[("feb28", gettext_lazy("On 28 February")), ("mar1", gettext_lazy("On 1 March"))],
        ),
    }  # fmt: skip


def _checked_date(workspace: Workspace, settings: Settings) -> Settings:
    field, days = settings.get("field", BIRTHDAY), settings.get("days", 0)
    if field not in _date_columns(workspace):
        raise DomainError(_("There is no such date."), code="unknown_field", field="field")
    if type(days) is not int or abs(days) > LONGEST:
        raise DomainError(_("At most 180 days before or after."), code="bad_days", field="days")
    at = settings.get("at", "09:00")
    try:
        shown = at if isinstance(at, dt.time) else dt.time.fromisoformat(str(at))
    except ValueError:
        raise DomainError(_("Write the time as 09:00."), code="bad_time", field="at") from None
    feb29 = settings.get("feb29", FEB29[0])
    if feb29 not in FEB29:
        raise DomainError(_("Choose a day for 29 February."), code="bad_day", field="feb29")
    yearly = {} if field == BIRTHDAY else {"yearly": bool(settings.get("yearly"))}
    return {"field": field, "days": days, "at": shown.strftime("%H:%M"), "feb29": feb29, **yearly}


def _date_sentence(workspace: Workspace, settings: Settings) -> str:
    column = str(settings.get("field", BIRTHDAY))
    days = abs(int(settings.get("days") or 0))
    at = str(settings.get("at", "09:00")).replace(":", ".")
    names = {"date": _date_columns(workspace).get(column, column), "at": at, "days": days}
    if not settings.get("days") and column == BIRTHDAY:
        return _("On the birthday, at %(at)s") % names
    if not settings.get("days"):
        return _("On the day “%(date)s”, at %(at)s") % names
    if int(settings["days"]) < 0:
        return ngettext("%(days)s day before “%(date)s”, at %(at)s", "%(days)s days before “%(date)s”, at %(at)s",
                        days) % names  # fmt: skip
    return ngettext("%(days)s day after “%(date)s”, at %(at)s", "%(days)s days after “%(date)s”, at %(at)s",
                    days) % names  # fmt: skip


# Orders, carts, silence -----------------------------------------------------------------------------------------------


def _checked_facts(_workspace: Workspace, settings: Settings) -> Settings:
    """The conditions on the data of an event."""
    for name, value in settings.items():
        if not is_condition(name, value):
            raise DomainError(_("This value cannot be compared: %(name)s.") % {"name": name}, code="bad_condition")
    return dict(settings)


def _order_sentence(workspace: Workspace, settings: Settings) -> str:
    return with_facts(_("When they order"), workspace, "order_completed", settings)


def _cart_sentence(workspace: Workspace, settings: Settings) -> str:
    return with_facts(_("When they leave a cart alone"), workspace, "cart_abandoned", settings)


def _order(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    if not fits(event.data, settings):
        return None
    order = event.data.get("order")
    return _in_its_time(event, Occasion(str(order or ""), {"order": order}))


def _in_its_time(event: LoggedEvent, occasion: Occasion) -> Occasion | None:
    """The occasion of an event that may be recorded long after it took place. The journey counts from its time then, so
    what was due on earlier days is left out."""
    late = clock.now() - event.time
    if late > PAST:
        return None
    return occasion._replace(moment=event.time) if late > TOLERANCE else occasion


def _cart(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    if not fits(event.data, settings):
        return None
    return Occasion(str(event.data["cart"]), {"cart": [event.data["cart"], event.data["version"]]})


def _ended_carts(workspace: Workspace, people: Sequence[Inside]) -> dict[int, str]:
    """People whose cart does not wait any more: it was ordered, emptied, or changed since the reminder began."""
    awaited = {person.enrollment_id: (cart[0], cart[1]) for person in people if (cart := person.context.get("cart"))}
    states = cart_still_waits(workspace, set(awaited.values()))
    return {pk: f"cart_{obstacle}" for pk, cart in awaited.items() if (obstacle := states[cart]) is not None}


def _due_silent(journey: Journey, settings: Settings, now: dt.datetime) -> DueQuery:
    """Finds people who have neither written nor ordered for `days`. They reached that silence after the journey was
    published, and at most `MADE_UP_FOR` ago. A member can let the others in by hand."""
    days = int(settings.get("days", 90))
    since = max(journey.published_at or now, now - MADE_UP_FOR)
    params = {
        "t_workspace": journey.workspace_id, "t_journey": journey.pk, "t_now": now,
        "t_last": now - dt.timedelta(days=days),
        "t_first": since - dt.timedelta(days=days),
    }  # fmt: skip
    return DueQuery(_SILENT, params)


def _silence_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    label = gettext_lazy("Days without a message or an order")
    return {"days": forms.IntegerField(label=label, min_value=1, max_value=MAX_SILENCE, initial=90)}


def _checked_silence(_workspace: Workspace, settings: Settings) -> Settings:
    days = settings.get("days")
    if type(days) is not int or not 1 <= days <= MAX_SILENCE:
        raise DomainError(_("Between 1 and 730 days."), code="bad_days", field="days")
    return {"days": days}


def _silence_sentence(_workspace: Workspace, settings: Settings) -> str:
    days = int(settings.get("days") or 0)
    return ngettext("After %(days)s day without a message or an order",
                    "After %(days)s days without a message or an order", days) % {"days": days}  # fmt: skip


# Labels, segments, events ---------------------------------------------------------------------------------------------


def _tag(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    wanted = str(settings.get("tag", "")).lower()
    return Occasion() if str(event.data.get("name", "")).lower() == wanted else None


def _tag_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    widget = Suggesting(lambda: tags(workspace).values_list("name", flat=True))
    return {"tag": forms.CharField(label=gettext_lazy("Name of the label"), max_length=60, widget=widget)}


def _checked_tag(_workspace: Workspace, settings: Settings) -> Settings:
    tag = str(settings.get("tag", "")).strip()
    if not 1 <= len(tag) <= 60:
        raise DomainError(_("A label has 1 to 60 characters."), code="bad_tag", field="tag")
    return {"tag": tag}


def _tag_sentence(_workspace: Workspace, settings: Settings) -> str:
    return _("When they get the label “%(name)s”") % {"name": settings.get("tag", "")}


def _segment(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    return Occasion() if event.data.get("segment") == settings.get("segment") else None


def _watched(settings: Settings) -> Collection[int]:
    return [settings["segment"]] if settings.get("segment") else []


def _segments(workspace: Workspace) -> list[tuple[int, str]]:
    return list(list_segments(workspace).values_list("pk", "name"))


def _segment_fields(workspace: Workspace) -> Mapping[str, forms.Field]:
    label = gettext_lazy("Segment")
    return {"segment": forms.TypedChoiceField(label=label, choices=_segments(workspace), coerce=int)}


def _checked_segment(workspace: Workspace, settings: Settings) -> Settings:
    if settings.get("segment") not in dict(_segments(workspace)):
        raise DomainError(_("Choose a segment."), code="unknown_segment", field="segment")
    return {"segment": settings["segment"]}


def _segment_sentence(kind: str) -> Any:
    def sentence(workspace: Workspace, settings: Settings) -> str:
        names = {"name": dict(_segments(workspace)).get(settings.get("segment") or 0, "?")}
        if kind == "segment_entered":
            return _("When they come into the segment “%(name)s”") % names
        return _("When they leave the segment “%(name)s”") % names

    return sentence


def _chosen_event(settings: Settings) -> Collection[str]:
    return [str(settings["event"])] if settings.get("event") else []


def _event(_workspace: Workspace, settings: Settings, event: LoggedEvent) -> Occasion | None:
    """The settings besides the kind are conditions on the event's data."""
    return _in_its_time(event, Occasion()) if fits(event.data, _conditions(settings)) else None


def _conditions(settings: Settings) -> Settings:
    return {name: value for name, value in settings.items() if name != "event"}


def _event_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    kinds = [(kind.key, kind.label) for kind in event_kinds()]
    return {"event": forms.ChoiceField(label=gettext_lazy("What happens"), choices=kinds)}


def _checked_event(workspace: Workspace, settings: Settings) -> Settings:
    if settings.get("event") not in {kind.key for kind in event_kinds()}:
        raise DomainError(_("Choose what happens."), code="unknown_event", field="event")
    return {"event": settings["event"], **_checked_facts(workspace, _conditions(settings))}


def _event_sentence(workspace: Workspace, settings: Settings) -> str:
    event = str(settings.get("event", ""))
    words = _("When this happens: %(event)s") % {"event": event_kind(event).label}
    return with_facts(words, workspace, event, _conditions(settings))
