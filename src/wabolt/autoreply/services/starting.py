"""Starting chat forms, and ending them early."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.autoreply.models import ChatForm, ChatFormRun
from wabolt.autoreply.queries.chat_forms import current_version
from wabolt.autoreply.services.asking import ask
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.messaging.services import close_dialogs, mark_waiting

STARTS_A_DAY = 3
"""The most times that one person is asked the same form in 24 hours, unless a member asks."""
MEMBER = "member"
START_REASONS: dict[str, Promise] = {
    "no_chat": gettext_lazy("They have never written to you."),
    "is_off": gettext_lazy("The chat form is off."),
    "is_open": gettext_lazy("They are being asked already."),
    "too_often": gettext_lazy("They were asked three times today."),
}
"""The reasons for which a person is not asked."""


@transaction.atomic
def start_chat_form(
    *, workspace: Workspace, form: ChatForm, contact_ids: Sequence[int], started_by: str, key: str = "",
    channel: Channel | None = None,
) -> dict[int, str]:  # fmt: skip
    """Asks each of these contacts the first question, in their conversation on `channel`; None: in the one in which
    they last wrote.

    `started_by`: an origin kind, or MEMBER, which leaves an audit entry for each contact. `key`: an idempotency key per
    contact. Another open form of the conversation ends. Returns {contact id: reason} of those who are not
    asked: keys of `START_REASONS`.
    """
    latest = Conversation.objects.filter(
        workspace=workspace, contact__in=contact_ids, contact__erased_at=None, last_inbound_at__isnull=False,
        channel__archived_at=None,
    )  # fmt: skip
    if channel is not None:
        latest = latest.filter(channel=channel)
    rows = latest.order_by("contact", "-last_inbound_at", "-pk").distinct("contact").select_related("channel")
    conversations = {row.contact_id: row for row in rows}
    left_out = dict.fromkeys(set(contact_ids) - conversations.keys(), "no_chat")
    if not form.is_on or form.deleted_at is not None:
        return left_out | dict.fromkeys(conversations, "is_off")
    hindered = _hindered(form, conversations.values(), started_by, key)
    chosen = [row for row in conversations.values() if row.contact_id not in hindered]
    end_chat_forms(conversations=chosen, state=ChatFormRun.State.CANCELLED)
    version = current_version(form)
    runs = ChatFormRun.objects.bulk_create(
        ChatFormRun(
            workspace=workspace, version=version, contact_id=row.contact_id, conversation=row, started_by=started_by,
            start_key=key,
        )
        for row in chosen
    )  # fmt: skip
    for channel in {row.channel for row in chosen}:
        close_dialogs(channel=channel, contact_ids=[row.contact_id for row in chosen if row.channel == channel])
    for run in runs:
        ask(run, intro=version.intro)
        if started_by == MEMBER:
            record_audit(workspace=workspace, action="autoreply.start_form", target=("contact", run.contact_id))
    return left_out | hindered


def end_chat_forms(*, conversations: Collection[Conversation], state: str) -> None:
    """Ends the open forms of these conversations, in the caller's transaction."""
    open_now = ChatFormRun.objects.filter(conversation__in=conversations, ended_at=None)
    open_now.update(state=state, ended_at=clock.now(), due_at=None, pending=[])


@transaction.atomic
def end_after_restore() -> int:
    """Gives all open chat forms to people, without a message. Returns how many.

    Since the backup the customers may have been asked further questions: their next answer would be read as one to a
    question of the backup.
    """
    open_now = ChatFormRun.objects.filter(ended_at=None)
    mark_waiting(conversation_ids=open_now.values_list("conversation", flat=True))
    return open_now.update(state=ChatFormRun.State.HANDED_OVER, ended_at=clock.now(), due_at=None, pending=[])


def _hindered(form: ChatForm, conversations: Collection[Conversation], started_by: str, key: str) -> dict[int, str]:
    """The contacts who are not asked now, each with the reason. Locks the form, so that two starts are in order."""
    ChatForm.objects.select_for_update(no_key=True).get(pk=form.pk)
    runs = ChatFormRun.objects.filter(version__form=form, conversation__in=conversations)
    found: dict[int, str] = {}
    starts: dict[int, int] = {}
    since = clock.now() - timedelta(days=1)
    concerned = Q(started_at__gt=since) | Q(ended_at=None)
    for run in runs.filter(concerned | Q(start_key=key) if key else concerned):
        contact = run.contact_id
        starts[contact] = starts.get(contact, 0) + (run.started_at > since)
        if run.ended_at is None or (key and run.start_key == key):
            found[contact] = "is_open"
        elif starts[contact] >= STARTS_A_DAY and started_by != MEMBER:
            found.setdefault(contact, "too_often")
    return found
