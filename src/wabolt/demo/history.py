"""Simulated past weeks of the demo shop, made by the ordinary lane, intake and responders under a moved clock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from wabolt.accounts.models import User, Workspace
from wabolt.broadcasts.services import complete_finished
from wabolt.channels.models import Channel, SimulatedEvent
from wabolt.channels.services import release_phone, take_phone, write_as_customer
from wabolt.demo import shop
from wabolt.lib import clock
from wabolt.messaging.models import Lane, Message
from wabolt.messaging.services import work_lane_once
from wabolt.optin.models import EntryPoint, Placement
from wabolt.optin.services import (
    PointDraft,
    Submission,
    add_placement,
    create_point,
    send_simulated_customers,
    submit_entry,
)

FIRST_DAY, LATER = timedelta(minutes=30), timedelta(hours=4)
"""Steps of simulated time, on the first day and later. Events of one step arrive together."""


def create_ways_in(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Creates the shop's ways in, and people who joined through them in the last four weeks."""
    now = clock.now()
    with clock.hold(now - timedelta(days=28)):
        till, placements = _till(workspace, channel, owner)
        form = _form(workspace, channel, owner)
        link = create_point(workspace=workspace, author=owner, draft=_draft(channel, "link", shop.LINK))
    for number in range(shop.JOINED_ON_WEBSITE):
        with clock.hold(now - timedelta(days=27) * (1 - number / shop.JOINED_ON_WEBSITE)):
            answers = {"name": newcomer(number), "city": shop.CITIES[number % len(shop.CITIES)]}
            entry = submit_entry(
                placement=form.placements.get(), submission=Submission(marketing=True, service=True, answers=answers)
            )
            # one in eight fills in the form and never sends the message
            if number % 8 != 7:
                _join(channel, f"+62812990{number:05}", newcomer(number), f"{form.greeting} #{entry.code}")
    for number in range(shop.JOINED_BY_QR):
        with clock.hold(now - timedelta(days=26) * (1 - number / shop.JOINED_BY_QR)):
            point, placement = (
                (link, link.placements.get()) if number % 4 == 3 else (till, placements[number // 2 % len(placements)])
            )
            _join(channel, f"+62813880{number:05}", newcomer(number + 7), f"{point.greeting} #{placement.code}")
    for point in (till, form, link):
        send_simulated_customers(point=point, count=shop.COMING, within=timedelta(hours=6))


def _till(workspace: Workspace, channel: Channel, owner: User) -> tuple[EntryPoint, list[Placement]]:
    point = create_point(workspace=workspace, author=owner, draft=_draft(channel, "qr", shop.TILL))
    placements = [
        add_placement(workspace=workspace, point=point, branch=branch, medium=medium, staff=staff)
        for branch, medium, staff in shop.PLACES
    ]
    return point, placements


def _form(workspace: Workspace, channel: Channel, owner: User) -> EntryPoint:
    questions = [{"key": "name", "required": True}, {"key": "city"}, {"key": "birth_date"}]
    draft = _draft(channel, "form", {**shop.FORM, "questions": questions, "service_wording": ""})
    return create_point(workspace=workspace, author=owner, draft=draft)


def _draft(channel: Channel, kind: str, values: Mapping[str, Any]) -> PointDraft:
    return PointDraft(kind=kind, channel=channel, **values)


def _join(channel: Channel, phone: str, name: str, text: str) -> None:
    write_as_customer(channel=channel, phone=phone, text=text, name=name)
    run_until_idle(channel)


def simulate_period(channel: Channel, start: datetime, end: datetime, progress: Callable[[float], None]) -> None:
    """Sends queued messages and lets the phones answer, step by step from `start` to `end`; then restores the channel.
    `progress` gets the finished part, 0 to 1."""
    pace, cap = channel.messages_per_minute, channel.daily_cap
    _set(channel, messages_per_minute=0, daily_cap=1_000_000)
    reset_lane_waits(channel)
    try:
        with clock.hold(start) as held:
            queued = Message.objects.filter(channel=channel, state="queued").count() or 1
            while run_until_idle(channel):
                left = Message.objects.filter(channel=channel, state="queued").count()
                progress(0.5 * (1 - left / queued))
                held.move(seconds=1)
            complete_finished()
            while held() < end:
                due = SimulatedEvent.objects.filter(channel=channel).aggregate(first=Min("due_at"))["first"]
                if due is None or due > end:
                    break
                hop = FIRST_DAY if held() - start < timedelta(days=1) else LATER
                held.move(seconds=max(hop, due - held()).total_seconds())
                run_until_idle(channel)
                complete_finished()
                progress(0.5 + 0.5 * min(1.0, (held() - start) / (end - start)))
    finally:
        _set(channel, messages_per_minute=pace, daily_cap=cap)


def _set(channel: Channel, **values: Any) -> None:
    for field, value in values.items():
        setattr(channel, field, value)
    channel.save(update_fields=list(values))


def reset_lane_waits(channel: Channel) -> None:
    """Lets the lane send at the present simulated time. Otherwise it would wait until the last time it worked at."""
    Lane.objects.filter(channel=channel).update(next_send_at=None, retry_at=None)


def run_until_idle(channel: Channel) -> int:
    """Sends batches and takes in events until neither is left. Returns the number of messages in the first batch."""
    attempted = work_lane_once(channel)
    while SimulatedEvent.objects.filter(channel=channel, due_at__lte=clock.now()).exists():
        work_lane_once(channel)
    return attempted


@contextmanager
def scripted(channel: Channel, *phones: str) -> Iterator[None]:
    """Inside the block these phones do only what the story says. By themselves they would act by chance, and one of
    them might write STOP before its next line."""
    for phone in phones:
        take_phone(channel=channel, phone=phone)
    try:
        yield
    finally:
        for phone in phones:
            release_phone(channel=channel, phone=phone)


def newcomer(number: int) -> str:
    """The name of a simulated newcomer; the same for the same number."""
    return shop.NEWCOMERS[number % len(shop.NEWCOMERS)]
