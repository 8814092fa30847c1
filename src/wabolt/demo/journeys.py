"""Five journeys of the demo shop: they are live, and they have months of history.

The ordinary services make and publish them under a moved clock. Their history is written in bulk, because sending
months of single messages would take minutes. It is the same in each load: every choice depends on contact ids.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.commerce.models import Order, PurchaseFacts
from wabolt.consent.models import Consent
from wabolt.contacts.models import Contact, Event
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey, JourneyStep, StepRun
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.personalization.queries import preview

AGE = timedelta(days=120)
WIN_BACK_AGE = timedelta(days=80)
"""Shorter than the cool-down of that journey, so that the people of its history do not enter again."""
SILENCE = timedelta(days=60)
MOST = 600
"""People in the history of one journey; that of silent customers is complete, so that none of them enters late."""
_NAME = re.compile(r"\{\{\s*contact\.first_name[^}]*\}\}")
_UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
Entry = tuple[int, str, datetime]
"""(contact, entry key, time)"""


def run_journeys(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Makes the journeys with their history."""
    now = clock.now()
    agreed = set(
        Consent.objects.filter(workspace=workspace, purpose="marketing", state="granted").values_list(
            "contact", flat=True
        )
    )
    for key, age, people in (
        ("welcome", AGE, _joined(workspace)),
        ("birthday", AGE, _birthdays(workspace, now)),
        ("cart", AGE, _carts(agreed, now)),
        ("win_back", WIN_BACK_AGE, _silent(workspace, now)),
        ("after_purchase", AGE, _buyers(workspace, now)),
    ):
        with clock.hold(now - age):
            journey = services.create_from_recipe(workspace=workspace, key=key, by=owner)
            _publish(journey, owner)
        found = [entry for entry in people if entry[0] in agreed]
        most = len(found) if key == "win_back" else MOST
        _live_through(journey, channel, found[:: max(1, len(found) // max(1, most))], now)


def _publish(journey: Journey, owner: User) -> None:
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    services.publish(journey=journey, by=owner)
    journey.refresh_from_db()


def _joined(workspace: Workspace) -> list[Entry]:
    found = Event.objects.filter(workspace=workspace, kind="entry_point_joined").order_by("time", "pk")
    return [(contact, "", at) for contact, at in found.values_list("contact", "time")]


def _birthdays(workspace: Workspace, now: datetime) -> list[Entry]:
    tz, found = workspace.tz, []
    days = {
        (day.month, day.day): day
        for n in range(1, AGE.days)
        for day in [(now - timedelta(days=n)).astimezone(tz).date()]
    }
    known = Contact.objects.filter(workspace=workspace, erased_at=None).exclude(birth_date=None)
    for contact, born in known.order_by("pk").values_list("pk", "birth_date"):
        if born and (day := days.get((born.month, born.day))):
            found.append((contact, str(day.year), datetime.combine(day, time(9), tzinfo=tz)))
    return found


def _carts(agreed: Iterable[int], now: datetime) -> list[Entry]:
    chosen = [pk for pk in sorted(agreed) if pk % 11 == 0]
    return [(pk, f"demo-{pk}", now - timedelta(days=1 + pk * 7 % (AGE.days - 2), hours=pk % 9)) for pk in chosen]


def _silent(workspace: Workspace, now: datetime) -> list[Entry]:
    last = PurchaseFacts.objects.filter(
        workspace=workspace, last_order_at__gt=now - WIN_BACK_AGE - SILENCE, last_order_at__lt=now - SILENCE
    )
    return [(pk, "", at + SILENCE) for pk, at in last.order_by("contact").values_list("contact", "last_order_at") if at]


def _buyers(workspace: Workspace, now: datetime) -> list[Entry]:
    """One order of each buyer of the last months."""
    found = Order.objects.filter(
        workspace=workspace, state="completed", ordered_at__gt=now - AGE, contact__isnull=False
    )
    newest = {
        contact: (contact, str(pk), at)
        for contact, pk, at in found.order_by("pk").values_list("contact", "pk", "ordered_at")
    }
    return list(newest.values())


@dataclass(slots=True)
class _History:
    """The history of one journey: rows that wait to be stored."""

    journey: Journey
    channel: Channel
    now: datetime
    rows: Mapping[str, JourneyStep]
    tail: str
    runs: list[StepRun] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


def _live_through(journey: Journey, channel: Channel, people: Sequence[Entry], now: datetime) -> None:
    """Stores the way of these people through the journey until `now`."""
    rows = {row.key: row for row in JourneyStep.objects.filter(journey=journey)}
    tail = preview(journey.workspace, "·", None).removeprefix("·")
    history = _History(journey, channel, now, rows, tail)
    names = dict(Contact.objects.filter(pk__in=[entry[0] for entry in people]).values_list("pk", "name"))
    inside = [
        Enrollment(workspace=journey.workspace, journey=journey, contact_id=contact, entry_key=key, entered_at=at,
                   waiting_since=at)
        for contact, key, at in people
    ]  # fmt: skip
    for one in inside:
        _travel(history, one)
    Enrollment.objects.bulk_create(inside, batch_size=1000)
    for run in history.runs:
        run.enrollment_id = run.enrollment.pk
    StepRun.objects.bulk_create(history.runs, batch_size=1000)
    for message, one in zip(history.messages, _senders(history.runs), strict=True):
        message.idempotency_key = f"journey:{one.pk}:{message.origin_id}:1"
        message.text = _NAME.sub((names[one.contact_id] or "Kak").split()[0], message.text)
    Message.objects.bulk_create(history.messages, batch_size=1000)


def _senders(runs: Iterable[StepRun]) -> Iterator[Enrollment]:
    return (run.enrollment for run in runs if run.outcome == StepRun.Outcome.SENT)


def _travel(history: _History, one: Enrollment) -> None:
    """Moves a person from step to step until they wait, leave or finish."""
    steps, at = list(history.journey.draft["steps"]), one.entered_at
    while steps:
        step = steps.pop(0)
        if step["kind"] == "send" and at > one.entered_at and one.contact_id % 20 < 7 and history.journey.draft["goal"]:
            _end(one, Enrollment.State.EXITED, at, "goal")
            return
        outcome, detail = "done", {}
        match step["kind"]:
            case "send":
                outcome = "sent"
                history.messages.append(_message(history, one, step, at))
            case "wait":
                due = _due(step, at, history.journey.workspace)
                if due > history.now:
                    one.step, one.waiting_since, one.due_at = history.rows[step["id"]], at, due
                    return
                outcome, at = "waited", due
            case "branch":
                arm = 0 if one.contact_id % 7 == 0 else len(step["arms"])
                outcome, detail = "branched", {"arm": arm}
                steps[:0] = step["else"] if arm else step["arms"][0]["steps"]
        history.runs.append(
            StepRun(enrollment=one, step=history.rows[step["id"]], at=at, outcome=outcome, detail=detail)
        )
        if step["kind"] == "end":
            break
    _end(one, Enrollment.State.FINISHED, at, "")


def _end(one: Enrollment, state: str, at: datetime, reason: str) -> None:
    one.state, one.ended_at, one.reason, one.due_at, one.step = state, at, reason, None, None


def _due(step: Mapping[str, Any], since: datetime, workspace: Workspace) -> datetime:
    due: datetime = since + step.get("amount", 1) * _UNITS[step.get("unit", "days")]
    if not step.get("at"):
        return due
    shown = datetime.combine(due.astimezone(workspace.tz).date(), time.fromisoformat(step["at"]), tzinfo=workspace.tz)
    return shown if shown >= due else shown + timedelta(days=1)


def _message(history: _History, one: Enrollment, step: Mapping[str, Any], at: datetime) -> Message:
    """A message that was sent at `at`. Three of four were read."""
    state = (
        "read"
        if (luck := (one.contact_id * 31 + len(history.messages)) % 20) < 15
        else "delivered"
        if luck < 19
        else "sent"
    )
    return Message(
        workspace=history.journey.workspace, channel=history.channel, contact_id=one.contact_id, direction="outbound",
        state=state, purpose="marketing", origin_kind="journey", origin_id=history.rows[step["id"]].pk,
        content=history.rows[step["id"]].content, created_at=at, attempted_at=at, sent_at=at,
        text=step["text"].replace("{{ shop.name }}", history.journey.workspace.name) + history.tail,
        delivered_at=at + timedelta(minutes=1) if state != "sent" else None,
        read_at=at + timedelta(minutes=5 + luck * 9) if state == "read" else None,
    )  # fmt: skip
