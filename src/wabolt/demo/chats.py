"""Auto-replies of the demo shop, and six weeks of customers who asked, joined the birthday club or were not
understood."""

from datetime import UTC, datetime, timedelta

from wabolt.accounts.models import User, Workspace
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.services import (
    START_FORM,
    AnswerDraft,
    ChatFormDraft,
    QuestionDraft,
    RuleDraft,
    SettingsDraft,
    create_chat_form,
    create_rule,
    read_due_answers,
    save_settings,
)
from wabolt.channels.models import Channel
from wabolt.channels.services import write_as_customer
from wabolt.contacts.registry import ActionCall
from wabolt.demo import shop
from wabolt.demo.history import newcomer, reset_lane_waits, run_until_idle, scripted
from wabolt.lib import clock

SINCE = timedelta(days=42)


def answer_by_itself(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Creates the rules and the birthday club, and plays the chats of the last six weeks."""
    now = clock.now()
    with clock.hold(now - SINCE):
        _rules(workspace, owner)
    reset_lane_waits(channel)
    for number in range(shop.CHATS):
        at = now - SINCE * (1 - (number + 0.5) / shop.CHATS)
        phone, name = f"+62895330{number:05}", newcomer(number + 3)
        lines = shop.CHAT_LINES[number % len(shop.CHAT_LINES)]
        with scripted(channel, phone), clock.hold(_daytime(workspace, at, number)) as held:
            for line in lines:
                write_as_customer(channel=channel, phone=phone, text=line, name=name)
                run_until_idle(channel)
                held.move(seconds=6)  # the pause after which an answer to a chat form is read
                read_due_answers()
                run_until_idle(channel)
                held.move(seconds=40)
    reset_lane_waits(channel)


def _daytime(workspace: Workspace, at: datetime, number: int) -> datetime:
    """A moment of that day between 9 and 20 o'clock, but not later than `at` for the last day."""
    hour, minute = divmod(number * 37 % (11 * 60), 60)
    local = at.astimezone(workspace.tz).replace(hour=9 + hour, minute=minute)
    return min(local, clock.now() - timedelta(minutes=30)).astimezone(UTC)


def _rules(workspace: Workspace, owner: User) -> None:
    save_settings(workspace=workspace, draft=SettingsDraft(True, 240, shop.AWAY, ""), by=owner)
    made = {name: _rule(workspace, owner, name, words, text) for name, words, text in shop.RULES}
    menu = [(name, made[name].pk) for name in shop.MENU]
    info = AnswerDraft(shop.INFO, None, menu)
    create_rule(workspace=workspace, draft=RuleDraft("INFO", ["info", "menu", "halo min"], [info]), by=owner)
    questions = [QuestionDraft(target, text, optional=optional) for target, text, optional in shop.CLUB_QUESTIONS]
    then = [ActionCall("contacts.tag", {"tag": shop.CLUB})]
    draft = ChatFormDraft(shop.CLUB, questions, shop.CLUB_INTRO, shop.CLUB_THANKS, then)
    form = create_chat_form(workspace=workspace, draft=draft, by=owner)
    start = ActionCall(START_FORM, {"form": str(form.pk)})
    words = ["ultah", "klub ulang tahun", "birthday"]
    create_rule(workspace=workspace, draft=RuleDraft(shop.CLUB, words, [], then=[start]), by=owner)


def _rule(workspace: Workspace, owner: User, name: str, words: str, text: str) -> ReplyRule:
    draft = RuleDraft(name, words.split(", "), [AnswerDraft(part) for part in text.split("\n||\n")])
    return create_rule(workspace=workspace, draft=draft, by=owner)
