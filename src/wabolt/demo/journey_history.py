"""The past of one demo journey: the paths of its people, their messages, and the reactions to them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.commerce.models import Order, Voucher
from wabolt.commerce.queries import GIVE_VOUCHER, gift_key
from wabolt.commerce.services import VoucherCampaign, give_vouchers
from wabolt.contacts.models import Contact
from wabolt.contacts.services import NewEvent, record_events
from wabolt.journeys.models import Enrollment, Journey, JourneyStep, StepRun
from wabolt.journeys.queries import due_of, parse_step, step_key
from wabolt.lib import clock
from wabolt.lib.formats import short_date
from wabolt.messaging.models import Click, Conversation, Message, TrackedLink
from wabolt.personalization.queries import preview

WINDOW = timedelta(days=7)
"""Orders within this time after a click count for the message."""
OPENS, CLOSES = time(8), time(20)
_VALUE = re.compile(r"\{\{\s*((?:voucher|cart)\.\w+)\s*\}\}")
VOUCHER_DAYS = 5
"""Days whose vouchers are given together; shorter than the validity of a voucher."""
_NAME = re.compile(r"\{\{\s*contact\.first_name[^}]*\}\}")
_REPLIES = (
    "Makasih kak 🙏", "Wah, terima kasih ya kak!", "Ada warna lain kak?", "Nanti sore saya mampir ya",
    "Siap kak, saya cek",
)  # fmt: skip


class Entry(NamedTuple):
    """One person who enters at `at`. `ended`, `reason`: time and reason of the end of the occasion, for example an
    ordered cart. `items`: the content of the cart, in words."""

    contact_id: int
    entry_key: str
    at: datetime
    context: Mapping[str, Any] = {}
    ended: datetime | None = None
    reason: str = ""
    items: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Gift:
    """A voucher that a step gave."""

    enrollment: Enrollment
    step: Mapping[str, Any]
    at: datetime


@dataclass(slots=True)
class _History:
    """The rows of one journey that wait to be stored."""

    journey: Journey
    channel: Channel
    now: datetime
    rows: Mapping[str, JourneyStep]
    names: Mapping[int, str]
    tail: str
    runs: list[StepRun] = field(default_factory=list)
    messages: list[tuple[Enrollment, Message]] = field(default_factory=list)
    replies: dict[int, datetime] = field(default_factory=dict)
    """{index of the message: time of the reply}"""
    clicks: dict[int, datetime] = field(default_factory=dict)
    """{index of the message: time of the click}"""
    gifts: list[Gift] = field(default_factory=list)


def live_through(
    journey: Journey, channel: Channel, people: Sequence[Entry], orders: Mapping[int, Sequence[datetime]], now: datetime
) -> None:
    """Stores the path of these people through the journey until `now`. `orders`: the times of each customer's
    orders."""
    history = _History(
        journey, channel, now,
        {row.key: row for row in JourneyStep.objects.filter(journey=journey).select_related("content")},
        dict(Contact.objects.filter(pk__in=[entry.contact_id for entry in people]).values_list("pk", "name")),
        preview(journey.workspace, "·", None).removeprefix("·"),
    )  # fmt: skip
    inside = []
    for entry in people:
        enrollment = Enrollment(
            workspace=journey.workspace, journey=journey, contact_id=entry.contact_id, entry_key=entry.entry_key,
            context=dict(entry.context), entered_at=entry.at, waiting_since=entry.at,
        )  # fmt: skip
        _travel(history, enrollment, entry, orders.get(entry.contact_id, ()))
        inside.append(enrollment)
    Enrollment.objects.bulk_create(inside, batch_size=1000)
    for run in history.runs:
        run.enrollment_id = run.enrollment.pk
    StepRun.objects.bulk_create(history.runs, batch_size=1000)
    vouchers, items = _give_vouchers(history, orders), {entry.entry_key: entry.items for entry in people}
    for enrollment, message in history.messages:
        message.idempotency_key = step_key(enrollment.pk, message.origin_id or 0, 1)
        values = {"cart.items": items[enrollment.entry_key], **vouchers.get(enrollment.pk, {})}
        message.text = _filled(message.text, values)
    Message.objects.bulk_create([message for _one, message in history.messages], batch_size=1000)
    _store_reactions(history)
    record_events(workspace=journey.workspace, events=_events(history, inside))


# The path -------------------------------------------------------------------------------------------------------------


def _travel(history: _History, enrollment: Enrollment, entry: Entry, orders: Sequence[datetime]) -> None:
    """Moves a person from step to step until they wait, leave or finish."""
    steps, at = list(history.journey.draft["steps"]), enrollment.entered_at
    ended, reason = _ends(history.journey, entry, orders)
    replied: set[str] = set()
    while steps:
        step, reached = steps.pop(0), at
        match step["kind"]:
            case "wait":
                at = due_of(parse_step(step), at, history.journey.workspace.tz)
            case "send":
                at = _daytime(at, history.journey.workspace)
        if ended is not None and ended <= min(at, history.now):
            _end(enrollment, Enrollment.State.EXITED, ended, reason)
            return
        if at > history.now:
            enrollment.step, enrollment.waiting_since, enrollment.due_at = history.rows[step["id"]], reached, at
            return
        outcome, detail = _pass(history, enrollment, step, at, orders, replied)
        if outcome == "branched":
            arm = detail["arm"]
            steps[:0] = step["arms"][arm]["steps"] if arm < len(step["arms"]) else step["else"]
        run = StepRun(enrollment=enrollment, step=history.rows[step["id"]], at=at, outcome=outcome, detail=detail)
        history.runs.append(run)
        if step["kind"] == "end":
            break
    _end(enrollment, Enrollment.State.FINISHED, at, "")


def _pass(
    history: _History, enrollment: Enrollment, step: Mapping[str, Any], at: datetime, orders: Sequence[datetime],
    replied: set[str],
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """The effect of a step on a person: (outcome, detail). An answered message is added to `replied`."""
    match step["kind"]:
        case "send":
            if _send(history, enrollment, step, at, orders):
                replied.add(step["id"])
            return "sent", {}
        case "wait":
            return "waited", {}
        case "action" if step["action"] == GIVE_VOUCHER:
            history.gifts.append(Gift(enrollment, step, at))
            return "done", {}
        case "branch":
            return "branched", {"arm": 0 if step["arms"][0]["when"].get("message") in replied else len(step["arms"])}
        case _:
            return "done", {}


def _ends(journey: Journey, entry: Entry, orders: Sequence[datetime]) -> tuple[datetime | None, str]:
    """The time and the reason of an early end: the occasion is over, or the first order after the entry is the goal."""
    ends = [(entry.ended, entry.reason)] if entry.ended is not None else []
    if journey.draft["goal"]:
        ends += [(at, "goal") for at in orders if at > entry.at][:1]
    return min(ends, default=(None, ""))


def _end(enrollment: Enrollment, state: str, at: datetime, reason: str) -> None:
    enrollment.state, enrollment.ended_at, enrollment.reason = state, at, reason
    enrollment.due_at = enrollment.step = None


def _daytime(at: datetime, workspace: Workspace) -> datetime:
    """The moment at which the number sends a message that is queued at `at`."""
    local = at.astimezone(workspace.tz)
    if OPENS <= local.time() < CLOSES:
        return at
    day = local.date() + timedelta(days=local.time() >= CLOSES)
    return datetime.combine(day, OPENS, tzinfo=workspace.tz) + timedelta(minutes=at.minute / 4)


# Vouchers -------------------------------------------------------------------------------------------------------------


def _give_vouchers(history: _History, orders: Mapping[int, Sequence[datetime]]) -> dict[int, dict[str, Any]]:
    """Gives the vouchers of the past, in groups of some days. Two of three vouchers that were valid at the next order
    were used with it. Returns {enrollment: values of a text}."""
    workspace, values = history.journey.workspace, {}
    by_day: dict[tuple[int, int], list[Gift]] = {}
    for gift in history.gifts:
        by_day.setdefault((history.rows[gift.step["id"]].pk, gift.at.toordinal() // VOUCHER_DAYS), []).append(gift)
    vouchers: dict[str, Voucher] = {}
    owners: dict[str, Gift] = {}
    for (row, _days), gifts in by_day.items():
        terms = gifts[0].step["params"]
        campaign = VoucherCampaign(("journey", row), terms["percent"], terms["days"])
        keys = {gift_key(campaign.origin, step_key(gift.enrollment.pk, row, 1), gift.enrollment.contact_id): gift
                for gift in gifts}  # fmt: skip
        contacts = {key: gift.enrollment.contact_id for key, gift in keys.items()}
        with clock.hold(min(gift.at for gift in gifts)):
            vouchers |= give_vouchers(workspace=workspace, campaign=campaign, gifts=contacts)
        owners |= keys
    for key, voucher in vouchers.items():
        last = short_date(voucher.valid_until.astimezone(workspace.tz).date(), lang=workspace.language)
        values[owners[key].enrollment.pk] = {
            "voucher.code": voucher.code, "voucher.percent": voucher.percent, "voucher.until": last,
        }  # fmt: skip
    _use_vouchers({owners[key]: voucher for key, voucher in vouchers.items()}, orders)
    return values


def _use_vouchers(vouchers: Mapping[Gift, Voucher], orders: Mapping[int, Sequence[datetime]]) -> None:
    bought = Order.objects.filter(contact__in={voucher.contact_id for voucher in vouchers.values()}, state="completed")
    by_time = {(order.contact_id, order.ordered_at): order for order in bought}
    used = []
    for gift, voucher in vouchers.items():
        times = orders.get(voucher.contact_id, ())
        at = next((moment for moment in times if gift.at < moment < voucher.valid_until), None)
        if at is not None and voucher.contact_id % 3:
            voucher.order, voucher.redeemed_at = by_time[voucher.contact_id, at], at
            used.append(voucher)
    Voucher.objects.bulk_update(used, ["order", "redeemed_at"], batch_size=1000)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return _VALUE.sub(lambda match: str(values.get(match[1], "")), text)


# Messages and reactions -----------------------------------------------------------------------------------------------


def _send(
    history: _History, enrollment: Enrollment, step: Mapping[str, Any], at: datetime, orders: Sequence[datetime]
) -> bool:
    """Notes a message that was sent at `at`, with the reactions of the person. Three of four were read. Returns whether
    it was answered."""
    number, row = len(history.messages), history.rows[step["id"]]
    luck = (enrollment.contact_id * 31 + number * 7) % 20
    bought = next((moment for moment in orders if at < moment <= at + WINDOW), None)
    read_at = at + timedelta(minutes=5 + luck * 9)
    is_read = (luck < 15 or bought is not None) and read_at < history.now
    arrived_at = at + timedelta(minutes=1)
    delivered_at = arrived_at if (is_read or luck < 19) and arrived_at < history.now else None
    state = "read" if is_read else "delivered" if delivered_at else "sent"
    name = (history.names.get(enrollment.contact_id) or "Kak").split()[0]
    text = _NAME.sub(name, step["text"].replace("{{ shop.name }}", history.journey.workspace.name)) + history.tail
    message = Message(
        workspace=history.journey.workspace, channel=history.channel, contact_id=enrollment.contact_id,
        direction="outbound", state=state, purpose="marketing", origin_kind="journey", origin_id=row.pk,
        content=row.content, created_at=at,
        attempted_at=at, sent_at=at, text=text, delivered_at=delivered_at, read_at=read_at if is_read else None,
    )  # fmt: skip
    history.messages.append((enrollment, message))
    if not is_read:
        return False
    clicked_at = read_at + timedelta(minutes=2)
    follows = bought is not None and bought > clicked_at and enrollment.contact_id % 5
    if follows or (luck % 6 == 0 and clicked_at < history.now):
        history.clicks[number] = clicked_at
    replied_at = read_at + timedelta(minutes=4)
    if (enrollment.contact_id + number) % 6 == 0 and replied_at < history.now:
        history.replies[number] = replied_at
        return True
    return False


def _store_reactions(history: _History) -> None:
    messages = [message for _one, message in history.messages]
    contents = {message.content_id for message in messages}
    links = dict(TrackedLink.objects.filter(content__in=contents).values_list("content", "pk"))
    Click.objects.bulk_create(
        Click(link_id=link, contact_id=messages[n].contact_id, message=messages[n], at=at)
        for n, at in history.clicks.items()
        if (link := links.get(messages[n].content_id or 0)) is not None
    )
    Message.objects.bulk_create(
        Message(
            workspace=history.journey.workspace, channel=history.channel, contact_id=messages[n].contact_id,
            direction="inbound", state="received", origin_kind="contact", text=_REPLIES[n % len(_REPLIES)],
            created_at=at, in_reply_to=messages[n],
        )
        for n, at in history.replies.items()
    )  # fmt: skip
    _update_conversations(history, messages)


def _update_conversations(history: _History, messages: Sequence[Message]) -> None:
    """Conversations and contacts know the last message of each side. Members have seen all of these."""
    wrote = {messages[n].contact_id: at for n, at in sorted(history.replies.items(), key=lambda item: item[1])}
    last = {message.contact_id: message for message in messages}
    Conversation.objects.bulk_create(
        [
            Conversation(
                workspace=history.journey.workspace, channel=history.channel, contact_id=contact,
                last_message_at=max(message.created_at, wrote.get(contact, message.created_at)),
                last_inbound_at=wrote.get(contact), last_text=message.text[:200],
            )
            for contact, message in last.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    for model, key in ((Conversation, "contact_id"), (Contact, "pk")):
        for row in model._default_manager.filter(**{f"{key}__in": list(wrote)}):
            at = wrote[getattr(row, key)]
            if row.last_inbound_at is None or row.last_inbound_at < at:
                row.last_inbound_at = at
                row.save(update_fields=["last_inbound_at"])


def _events(history: _History, inside: Sequence[Enrollment]) -> Iterator[NewEvent]:
    journey = history.journey.pk
    for enrollment in inside:
        yield NewEvent(enrollment.contact_id, "journey_entered", enrollment.entered_at, {"journey": journey})
        if enrollment.ended_at is not None:
            data = {"journey": journey, "state": str(enrollment.state), "reason": enrollment.reason}
            yield NewEvent(enrollment.contact_id, "journey_ended", enrollment.ended_at, data)
    for number, (_one, message) in enumerate(history.messages):
        data = {"message": message.pk, "journey": message.origin_id}
        assert message.sent_at is not None
        yield NewEvent(message.contact_id, "message_sent", message.sent_at, data)
        if message.read_at is not None:
            yield NewEvent(message.contact_id, "message_read", message.read_at, data)
        if number in history.clicks:
            yield NewEvent(message.contact_id, "link_clicked", history.clicks[number], data)
