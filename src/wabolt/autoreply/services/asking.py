"""Chat forms while they run: a customer's messages are collected, read after a short pause, and the next question goes
out.

A person often answers in several messages. So a message only extends the pause, and the worker reads all of them
together when the pause is over (`read_due_answers`). Rows that are due are claimed in batches; nothing sleeps.
"""

import logging
from datetime import timedelta

from django.db import transaction

from wabolt.autoreply.models import ChatFormRun
from wabolt.autoreply.rules.asking import RETRIES, Misread, Question, Reading, read_answer, read_questions
from wabolt.autoreply.services import form_texts
from wabolt.autoreply.services.actions import run_actions, voucher_variables
from wabolt.autoreply.services.modes import take_over
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import read_calls
from wabolt.contacts.services import NewEvent, SelfStatement, note_statements, record_events
from wabolt.lib import clock, jobs
from wabolt.lib.waits import running_by_end
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, mark_waiting, queue_messages

log = logging.getLogger(__name__)
FORM_ORIGIN = "chat_form"
"""`Message.origin_kind` of the messages of chat forms; the origin id is the form's."""
FINISHED = "chat_form_finished"
"""The event at the end of a form; `data` has the ids of the form and of the run."""
BURST = timedelta(seconds=4)
"""Messages with shorter pauses between them are one answer."""
LONGEST_BURST = timedelta(seconds=20)
STALE = timedelta(hours=6)
"""After this time a message that is no answer is not held against the customer: the form is taken up again."""
ENDS_AFTER = timedelta(days=7)
"""A form ends if a question is not answered in this time."""
MOST_PENDING = 20
LONGEST_KEPT = 1001
"""Characters of a message that are kept until it is read. An answer is shorter."""
AT_ONCE = 500
"""Runs that are claimed in one transaction."""
READ_DUE = "autoreply.read_due_answers"


def collect(run: ChatFormRun, message: Message, text: str) -> None:
    """Keeps a message until the pause after it is over, in the caller's transaction. `text`: what the customer typed,
    "" for a file without words."""
    now = clock.now()
    first = run.due_at is None
    run.pending = [*run.pending, [message.pk, text[:LONGEST_KEPT]]][-MOST_PENDING:]
    if first:
        run.burst_at = now
    run.due_at = min(now + BURST, (run.burst_at or now) + LONGEST_BURST)
    run.save(update_fields=["pending", "due_at", "burst_at"])
    jobs.defer(READ_DUE, at=run.due_at, once=READ_DUE)


def reading_of(run: ChatFormRun, *texts: str) -> "Reading | Misread":
    """The answer to the open question in the collected messages and these texts."""
    said = [*(text for _pk, text in run.pending), *texts]
    today = clock.now().astimezone(run.workspace.tz).date()
    return read_answer(open_question(run), said, today=today, asked_again=run.retries > 0)


def open_question(run: ChatFormRun) -> Question:
    """The question that waits for an answer."""
    return read_questions(run.version.questions)[run.step]


def read_due_answers() -> int:
    """Reads the collected messages of all runs whose pause is over. Returns how many runs it moved.

    A run that cannot be moved ends and goes to a person; the others go on.
    """
    moved = 0
    while batch := _read_batch():
        moved += batch
    waiting = ChatFormRun.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True)
    if (due := waiting.first()) is not None:
        jobs.defer(READ_DUE, at=due, once=READ_DUE)
    return moved


@transaction.atomic
def _read_batch() -> int:
    is_due = running_by_end(LONGEST_BURST).over("due_at")
    rows = ChatFormRun.objects.filter(is_due, ended_at=None).order_by("due_at")
    # Intake locks the contact first and then the run. Rows that it holds are left to the next turn: their pause has
    # just begun again.
    people = list(rows.values_list("contact", flat=True)[:AT_ONCE])
    locked = Contact.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk__in=people)
    claimed = (
        rows.filter(contact__in=list(locked.values_list("pk", flat=True)))
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("version__form", "conversation__channel", "workspace", "contact")
    )
    runs = list(claimed[:AT_ONCE])
    for run in runs:
        try:
            with transaction.atomic():
                _move(run)
        except Exception:
            log.exception("chat form run %s cannot go on", run.pk)
            take_over(conversation=run.conversation)
            mark_waiting(conversation_ids=[run.conversation_id])
    return len(runs)


def _move(run: ChatFormRun) -> None:
    reading = reading_of(run)
    run.pending, run.due_at, run.burst_at = [], None, None
    question = open_question(run)
    if isinstance(reading, Reading):
        accept(run, question, reading)
    elif clock.now() - run.asked_at > STALE:
        left = len(run.version.questions) - run.step
        ask(run, before=form_texts.resumed_text(run.workspace, left))
    elif run.retries >= RETRIES:
        say(run, form_texts.to_person_text(run.workspace))
        finish(run, ChatFormRun.State.HANDED_OVER)
    else:
        run.retries += 1
        ask(run, before=form_texts.again_text(run.workspace, question, reading))


def accept(run: ChatFormRun, question: Question, reading: Reading) -> None:
    """Stores an answer and asks the next question; after the last one it thanks and runs the actions."""
    workspace, contact = run.workspace, run.contact_id
    run.pending, run.due_at, run.burst_at = [], None, None
    run.answers = {**run.answers, question.key: reading.value}
    run.step, run.retries = run.step + 1, 0
    if reading.value is not None and question.target:
        statement = _statement(question, reading.value, run.version.form.name)
        note_statements(workspace=workspace, statements={contact: statement})
    if run.step < len(run.version.questions):
        ask(run)
        return
    finish(run, ChatFormRun.State.FINISHED)
    data = {"form": run.version.form_id, "run": run.pk}
    record_events(workspace=workspace, events=[NewEvent(contact, FINISHED, clock.now(), data)])
    origin, key = (FORM_ORIGIN, run.version.form_id), f"{FORM_ORIGIN}:{run.pk}"
    calls = read_calls(run.version.then)
    run_actions(workspace=workspace, keys={contact: key}, calls=calls, origin=origin)
    run.contact.refresh_from_db()
    gift = voucher_variables(workspace, origin, [contact]).get(contact)
    thanks = form_texts.rendered(workspace, run.version.thanks, run.contact, gift)
    say(run, thanks or form_texts.thanks_text(workspace))
    run_actions(workspace=workspace, keys={contact: key}, calls=calls, origin=origin, asking=True)


def _statement(question: Question, value: object, source: str) -> SelfStatement:
    field = question.target.removeprefix("field:")
    if field != question.target:
        return SelfStatement(fields={field: value}, source=source)
    return SelfStatement(columns={question.target: value}, source=source)


def ask(run: ChatFormRun, *, intro: str = "", before: str = "") -> None:
    """Sends the open question. `intro`: a Liquid text before it; `before`: a ready text before it."""
    workspace, question = run.workspace, open_question(run)
    parts = [
        before, form_texts.rendered(workspace, intro, run.contact),
        form_texts.question_text(workspace, question, run.contact),
    ]  # fmt: skip
    run.asked_at = clock.now()
    _send(
        run, "\n\n".join(filter(None, parts)), choices=form_texts.buttons_of(workspace, question),
        choices_label=form_texts.choose_label(workspace),
    )  # fmt: skip


def say(run: ChatFormRun, text: str) -> None:
    """Sends a message that asks nothing."""
    _send(run, text)


def finish(run: ChatFormRun, state: str) -> None:
    """Ends a run."""
    run.state, run.ended_at, run.due_at, run.pending = state, clock.now(), None, []
    run.save()


def _send(run: ChatFormRun, text: str, **more: object) -> None:
    run.sent += 1
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=FORM_ORIGIN,
        origin_id=run.version.form_id,
        key=f"{run.pk}:{run.sent}",
        text=text[:4096],
        priority=Message.Priority.REPLY,
        **more,  # type: ignore[arg-type]
    )
    channel = run.conversation.channel
    queue_messages(workspace=run.workspace, channel=channel, contact_ids=[run.contact_id], draft=draft)
    run.save()


def expire() -> int:
    """Ends the runs whose question was not answered for `ENDS_AFTER`. Returns how many."""
    old = ChatFormRun.objects.filter(ended_at=None, due_at=None, asked_at__lt=clock.now() - ENDS_AFTER)
    return old.update(state=ChatFormRun.State.EXPIRED, ended_at=clock.now(), pending=[])
