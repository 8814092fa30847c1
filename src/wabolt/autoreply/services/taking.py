"""The responder of chat forms: takes the answers of people who are being asked."""

from collections.abc import Mapping, Sequence

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ChatFormRun, ConversationMode, ReplySettings
from wabolt.autoreply.queries.answering import facts_of
from wabolt.autoreply.queries.chat_forms import open_runs
from wabolt.autoreply.queries.rule_books import rule_book, settings_of
from wabolt.autoreply.rules.asking import RETRIES, Reading, cancels
from wabolt.autoreply.rules.choosing import asks_for_person
from wabolt.autoreply.rules.complaining import complains
from wabolt.autoreply.rules.guard import form_refusal
from wabolt.autoreply.rules.telling import asked
from wabolt.autoreply.services import form_texts
from wabolt.autoreply.services.answering import hand_over
from wabolt.autoreply.services.asking import STALE, accept, collect, finish, open_question, reading_of, say
from wabolt.autoreply.services.modes import take_over
from wabolt.autoreply.services.starting import end_chat_forms
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.queries import is_place, typed_texts
from wabolt.messaging.registry import Arrival


def take_answers(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: takes messages of people who are being asked by a chat form. Returns the ids of those messages.

    A message for a person, a complaint that is no answer, one that comes while a person answers, and one that is not
    understood for the third time are left to the team. A channel without open forms costs one query.
    """
    channel = arrivals[0].channel
    runs = _locked_runs(channel, [arrival.contact.pk for arrival in arrivals])
    settings = settings_of(channel.workspace) if runs else None
    if settings is None or not settings.is_on:
        return set()
    in_form = [arrival for arrival in arrivals if arrival.contact.pk in runs]
    modes = ConversationMode.objects.filter(conversation__in=[run.conversation_id for run in runs.values()])
    by_contact = {mode.conversation.contact_id: mode for mode in modes.select_related("conversation")}
    facts = facts_of(in_form, settings, by_contact)
    texts = typed_texts([arrival.message for arrival in in_form])
    taken = set()
    for arrival in in_form:
        run = runs[arrival.contact.pk]
        refused = form_refusal(facts[arrival.contact.pk], asked_at=run.asked_at)
        if refused == "person_answers":
            finish(run, ChatFormRun.State.HANDED_OVER)
        elif refused is None and _take(arrival, run, settings, _said(arrival, run, texts)):
            taken.add(arrival.message.pk)
    return taken


def _locked_runs(channel: Channel, contact_ids: Sequence[int]) -> dict[int, ChatFormRun]:
    """The open runs of these contacts, locked, as the worker left them."""
    conversations = Conversation.objects.filter(channel=channel, contact__in=contact_ids)
    asking = ChatFormRun.objects.filter(conversation__in=conversations, ended_at=None)
    locked = list(asking.select_for_update().order_by("pk").values_list("pk"))
    return open_runs(channel, contact_ids) if locked else {}


def end_at_stop(arrivals: Sequence[Arrival]) -> None:
    """Ends the open forms of people who wrote a stop word."""
    stopped = [arrival for arrival in arrivals if arrival.keyword == "stop"]
    for channel in {arrival.channel for arrival in stopped}:
        runs = open_runs(channel, [arrival.contact.pk for arrival in stopped if arrival.channel == channel])
        conversations = [run.conversation for run in runs.values()]
        end_chat_forms(conversations=conversations, state=ChatFormRun.State.CANCELLED)


def _said(arrival: Arrival, run: ChatFormRun, texts: Mapping[int, str]) -> str:
    """The words that the customer typed. A shared place is the answer to a question about an address."""
    message = arrival.message
    return message.text if is_place(message.text) and open_question(run).kind == "address" else texts[message.pk]


def _take(arrival: Arrival, run: ChatFormRun, settings: ReplySettings, text: str) -> bool:
    if asks_for_person(text):
        finish(run, ChatFormRun.State.HANDED_OVER)
        hand_over(arrival, settings, run.conversation)
        return False
    is_complaint, question = complains(text), open_question(run)
    if is_complaint and not isinstance(reading_of(run, text), Reading):
        finish(run, ChatFormRun.State.HANDED_OVER)
        take_over(conversation=run.conversation)
        return False
    if cancels(text, question):
        say(run, form_texts.cancelled_text(run.workspace))
        finish(run, ChatFormRun.State.CANCELLED)
        return True
    is_stale = clock.now() - run.asked_at > STALE and not run.pending
    if is_stale and _is_for_a_rule(text, run, settings, is_complaint=is_complaint):
        return False
    if run.retries >= RETRIES and not is_stale:
        return _take_last(text, run)
    collect(run, arrival.message, text)
    return True


def _take_last(text: str, run: ChatFormRun) -> bool:
    """Reads the last try at once, so that a message that is not understood stays unread for the team."""
    reading = reading_of(run, text)
    if isinstance(reading, Reading):
        accept(run, open_question(run), reading)
        return True
    say(run, form_texts.to_person_text(run.workspace))
    finish(run, ChatFormRun.State.HANDED_OVER)
    take_over(conversation=run.conversation)
    return False


def _is_for_a_rule(text: str, run: ChatFormRun, settings: ReplySettings, *, is_complaint: bool) -> bool:
    """Whether a message that comes long after the question is no answer to it and asks for a rule."""
    workspace: Workspace = run.workspace
    if isinstance(reading_of(run, text), Reading) and open_question(run).kind != "text":
        return False
    return bool(asked(text, rule_book(workspace.pk, settings.version).index, is_complaint=is_complaint))
