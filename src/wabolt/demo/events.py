"""Two batik classes of the demo shop: last week's, with a list of who came, and the next one, which is full."""

from datetime import datetime, time, timedelta

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import write_as_customer
from wabolt.contacts.queries import phone_of
from wabolt.demo import shop
from wabolt.demo.history import newcomer, reset_lane_waits, run_until_idle, scripted
from wabolt.lib import clock
from wabolt.optin.events.services import EventDraft, check_in, create_event, send_due_reminders
from wabolt.optin.models import Registration, ShopEvent
from wabolt.optin.services import PointDraft, Submission, submit_entry


def create_classes(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Creates both classes, with guests who registered by their own messages."""
    now = clock.now()
    with clock.hold(now - timedelta(days=24)):
        past = _class(workspace, channel, owner, _saturday(workspace, now - timedelta(days=12)), " (angkatan 1)")
    guests = [f"+62857110{number:05}" for number in range(shop.PAST_GUESTS)]
    with scripted(channel, *guests):
        for number, phone in enumerate(guests):
            with clock.hold(past.starts_at - timedelta(days=10) * (1 - number / len(guests))):
                _register(channel, past, number, phone)
        _look_back(channel, past, owner)
    with clock.hold(now - timedelta(days=6)):
        coming = _class(workspace, channel, owner, _saturday(workspace, now + timedelta(days=5)), " (angkatan 2)")
    for number in range(shop.GUESTS):
        with clock.hold(now - timedelta(days=5) * (1 - number / shop.GUESTS)):
            _register(channel, coming, number + 4, f"+62857220{number:05}")


def _class(workspace: Workspace, channel: Channel, owner: User, starts_at: datetime, suffix: str) -> ShopEvent:
    point = PointDraft(kind="event", name=shop.CLASS_TITLE + suffix, channel=channel, **shop.CLASS)
    draft = EventDraft(
        point=point,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        timezone=workspace.timezone,
        venue=shop.CLASS_PLACE,
        capacity=shop.CLASS_SEATS,
        questions=[{"key": "own:1", "label": "Ukuran celemek?", "choices": shop.APRONS, "required": True}],
    )
    return create_event(workspace=workspace, draft=draft, author=owner)


def _register(channel: Channel, event: ShopEvent, number: int, phone: str) -> None:
    """Two of three guests also want news."""
    answers = {"name": newcomer(number), "own:1": shop.APRONS[number % len(shop.APRONS)]}
    form = submit_entry(
        placement=event.point.placements.get(), submission=Submission(marketing=number % 3 != 0, answers=answers)
    )
    write_as_customer(channel=channel, phone=phone, text=f"{event.point.greeting} #{form.code}", name=newcomer(number))
    run_until_idle(channel)


def _look_back(channel: Channel, event: ShopEvent, owner: User) -> None:
    """The last day before the class and the class: a reminder, a guest who cancels, the next one who takes the seat,
    and the owner who notes who comes. One guest in four does not come."""
    with clock.hold(event.starts_at - timedelta(days=1)) as held:
        send_due_reminders()
        run_until_idle(channel)
        held.move(hours=2)
        write_as_customer(channel=channel, phone="+6285711000002", text="Maaf kak, batal")
        run_until_idle(channel)
        for offered in Registration.objects.filter(event=event, state=Registration.State.OFFERED):
            held.move(hours=1)
            reset_lane_waits(channel)
            while run_until_idle(channel):  # the offer is sent before it is answered
                held.move(seconds=5)
            write_as_customer(channel=channel, phone=phone_of(offered.contact) or "", text="Ya kak")
            run_until_idle(channel)
    seated = Registration.objects.filter(event=event, state=Registration.State.REGISTERED).order_by("pk")
    for number, registration in enumerate(seated):
        if number % 4 != 3:
            with clock.hold(event.starts_at + timedelta(minutes=2 * number - 20)):
                check_in(workspace=event.workspace, registration_id=registration.pk, by=owner)


def _saturday(workspace: Workspace, moment: datetime) -> datetime:
    """10.00 on the Saturday after this moment, in the shop's time zone."""
    day = moment.astimezone(workspace.tz).date()
    day += timedelta(days=(5 - day.weekday()) % 7)
    return datetime.combine(day, time(10), tzinfo=workspace.tz)
