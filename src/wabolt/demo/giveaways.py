"""Two giveaways of the demo shop: one that is over, and a photo contest in which customers take part at this moment."""

from datetime import datetime, time, timedelta

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import SentFile, buy_as_customer, write_as_customer
from wabolt.commerce.models import Voucher
from wabolt.demo import shop
from wabolt.demo.history import newcomer, reset_lane_waits, run_until_idle, scripted
from wabolt.demo.pictures import kawung_picture
from wabolt.lib import clock
from wabolt.optin.giveaways.services import GiveawayDraft, create_giveaway, score_entry


def create_giveaways(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Creates both giveaways with the people who took part, and plans the next entries of the contest."""
    _birthday(workspace, channel, owner)
    _contest(workspace, channel, owner)


def _birthday(workspace: Workspace, channel: Channel, owner: User) -> None:
    """A voucher for everyone, three weeks ago. Every third person also wants news."""
    draft = GiveawayDraft(kind="reward", channel=channel, closes_at=_at(workspace, 9, 20), **shop.BIRTHDAY)
    with clock.hold(_at(workspace, 20, 8)):
        giveaway = create_giveaway(workspace=workspace, draft=draft, author=owner)
    for number in range(shop.TOOK_PART):
        phone = f"+62815550{number:05}"
        with clock.hold(_at(workspace, 19 - number % 10, 9 + number % 7)) as held, scripted(channel, phone):
            reset_lane_waits(channel)
            text = giveaway.word if number % 2 else f"Halo kak, {giveaway.word.lower()} ya"
            write_as_customer(channel=channel, phone=phone, text=text, name=newcomer(number + 3))
            _settle(channel, held)
            if number % 3 == 0:
                held.move(seconds=90)
                write_as_customer(channel=channel, phone=phone, text="Ya kak")
                _settle(channel, held)
            if number % 4 == 1:
                held.move(seconds=3600)
                voucher = Voucher.objects.get(origin_kind="giveaway", contact__identities__value=phone)
                buy_as_customer(channel=channel, phone=phone, voucher=voucher.code)
                run_until_idle(channel)
    with clock.hold(_at(workspace, 8, 10)):
        write_as_customer(channel=channel, phone="+6281555099999", text=giveaway.word, name="Bu Tini")
        run_until_idle(channel)


def _settle(channel: Channel, held_clock: clock.HeldClock) -> None:
    """Takes in what was written, and sends everything that waits."""
    run_until_idle(channel)
    while run_until_idle(channel):
        held_clock.move(seconds=5)


def _at(workspace: Workspace, days_ago: int, hour: int) -> datetime:
    """The full hour on a local day of the past."""
    day = clock.now().astimezone(workspace.tz).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(hour), tzinfo=workspace.tz)


def _contest(workspace: Workspace, channel: Channel, owner: User) -> None:
    """A photo contest since yesterday. The owner has scored the first entries; more photos come in the next hours."""
    now = clock.now()
    draft = GiveawayDraft(kind="contest", channel=channel, closes_at=now + timedelta(days=5), **shop.CONTEST)
    with clock.hold(now - timedelta(days=1)):
        giveaway = create_giveaway(workspace=workspace, draft=draft, author=owner)
    for number, (cloth, leaf, text) in enumerate(shop.PHOTOS):
        is_past = number < shop.SHOWN
        later = timedelta(minutes=6) * (number - shop.SHOWN + 1)
        with clock.hold(now - timedelta(hours=20) / (number + 1) if is_past else now + later):
            reset_lane_waits(channel)
            photo = SentFile(kawung_picture(cloth, leaf), mime_type="image/png", name="batik.png")
            words = f"#{giveaway.word} {text}"
            phone = f"+62817770{number:05}"
            write_as_customer(channel=channel, phone=phone, text=words, name=newcomer(number + 11), file=photo)
            if is_past:
                run_until_idle(channel)
    for number, points in enumerate(shop.POINTS[: shop.SHOWN], 1):
        score_entry(workspace=workspace, giveaway_id=giveaway.pk, number=number, judge=owner, points=points)
