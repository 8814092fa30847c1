"""Chats that existed before the link. The owner asks for them when linking and then chooses contacts. The rest is
deleted after a week."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from wabolt.accounts.models import User
from wabolt.channels import registry
from wabolt.channels.models import Channel, LinkedNumber, OldChat
from wabolt.channels.registry.ports import ChatPerson, ImportedPeople
from wabolt.channels.services import audit_channel
from wabolt.lib import clock

KEPT = timedelta(days=7)
"""Time until unchosen chats are deleted."""
BATCH = 1000
STATES = ("new", "known", "stopped")


def begin(channel: Channel, *, wanted: bool) -> None:
    """Starts a linking with or without old chats. Chats of an earlier linking are deleted."""
    OldChat.objects.filter(channel=channel).delete()
    until = clock.now() + KEPT if wanted else None
    LinkedNumber.objects.filter(channel=channel).update(history_until=until, history_end="", history_ended_at=None)


def waiting(channel: Channel, *, state: str = "", text: str = "") -> QuerySet[Any]:
    """Returns the waiting chats, the latest first, each with its `state`: "new", "known" or "stopped"."""
    chat_importer = registry.chat_importer()
    sql = chat_importer.state_sql(channel.workspace) if chat_importer else "'new'"
    number = LinkedNumber.objects.filter(channel=channel, history_until__gt=clock.now())
    chats: QuerySet[Any] = OldChat.objects.filter(channel__in=number.values("channel")).annotate(
        state=RawSQL(sql, [], output_field=CharField())  # noqa: S611 - a room's own expression
    )
    for word in text.split()[:5]:
        digits = "".join(sign for sign in word if sign.isdigit())
        matches = Q(name__icontains=word)
        if len(digits) >= 3:
            matches |= Q(phone__contains=digits.removeprefix("0")) | Q(lid__contains=digits)
        chats = chats.filter(matches)
    if state:
        chats = chats.filter(state=state)
    return chats.order_by("-last_at", "id")


def counts(channel: Channel, text: str = "") -> dict[str, int]:
    """Returns the number of waiting chats by state; one statement."""
    rows = waiting(channel, text=text).order_by().values_list("state").annotate(count=Count("id"))
    return dict.fromkeys(STATES, 0) | dict(rows)


def choose(
    *, channel: Channel, actor: User, ids: Iterable[int] | None = None, state: str = "new", text: str = ""
) -> ImportedPeople:
    """Makes contacts of the chats with these ids (None: all that match `state` and `text`), without permission, and
    removes them from the list. People who opted out or were erased are left out."""
    created = known = refused = 0
    while True:
        with transaction.atomic():
            chats = waiting(channel, text=text, state=state) if ids is None else waiting(channel)
            chats = chats.exclude(state="stopped")
            if ids is not None:
                chats = chats.filter(pk__in=list(ids))
            batch = list(chats.order_by("pk").select_for_update(of=("self",))[:BATCH])
            if not batch:
                return ImportedPeople(created, known, refused)
            chat_importer = registry.chat_importer()
            assert chat_importer is not None, "a room that makes contacts is always there"
            people = [ChatPerson(chat.phone, chat.lid, chat.name, chat.wrote_at) for chat in batch]
            done = chat_importer.import_people(channel, people)
            OldChat.objects.filter(pk__in=[chat.pk for chat in batch]).delete()
            counts_by_result = {"created": done.created, "known": done.known, "refused": done.refused}
            audit_channel(channel, actor, "channel.chats_choose", counts_by_result)
        created, known, refused = created + done.created, known + done.known, refused + done.refused


@transaction.atomic
def drop(*, channel: Channel, actor: User) -> int:
    """Deletes all waiting chats and stops storing new ones. Returns how many were deleted."""
    number, _ = LinkedNumber.objects.get_or_create(channel=channel)
    count, _ = OldChat.objects.filter(channel=channel).delete()
    if number.history_until is not None:
        _end([channel.pk], "dropped")
        audit_channel(channel, actor, "channel.chats_drop", {"count": count})
    return count


@transaction.atomic
def expire() -> int:
    """Deletes the expired chats of all numbers. Returns how many numbers had some."""
    due = LinkedNumber.objects.select_for_update().filter(history_until__lte=clock.now()).order_by("pk")
    over = list(due.values_list("pk", flat=True))
    _end(over, "expired")
    return len(over)


def _end(numbers: list[int], how: str) -> None:
    LinkedNumber.objects.filter(pk__in=numbers).update(
        history_until=None, history_end=how, history_ended_at=clock.now()
    )
    OldChat.objects.filter(channel__in=numbers).delete()
