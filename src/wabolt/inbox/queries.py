"""Reads of the inbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.http import HttpRequest

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.queries import opening_hours_of, team, workspace_of
from wabolt.consent.queries import DOUBTED_SQL
from wabolt.contacts.queries import PHONE_SQL, Filters, conditions
from wabolt.inbox.models import AnswerTime, Assignment
from wabolt.lib.keyset import Cursor
from wabolt.lib.roles import at_least
from wabolt.messaging.models import Conversation

PAGE = 30
MOST_COUNTED = 100
"""Limit of the count in the navigation, which shows "99+"."""
_WAITING = "_waiting_conversations"
_COUNT_WAITING = """
SELECT count(*) FROM (
SELECT FROM messaging_conversation k JOIN contacts_contact c ON c.id = k.contact_id AND c.erased_at IS NULL
 WHERE k.workspace_id = %s AND k.unanswered > 0 LIMIT %s) AS counted
"""
FORGOTTEN = timedelta(days=7)
"""An unanswered message that is older than this is not late: the team has decided not to answer it."""
_COUNT_LATE = """
SELECT s.workspace_id, count(*)
  FROM unnest(%(shops)s::bigint[], %(after)s::timestamptz[], %(until)s::timestamptz[]) AS s (workspace_id, after, until)
  JOIN messaging_conversation k ON k.workspace_id = s.workspace_id AND k.unanswered > 0
   AND k.last_inbound_at > s.after AND k.last_inbound_at <= s.until
  JOIN contacts_contact c ON c.id = k.contact_id AND c.erased_at IS NULL
 GROUP BY s.workspace_id
"""
SEARCHED_FIRST = 2000
"""Number of newest conversations that a search looks through before it searches the contacts."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as the list shows it.

    `last_text`: the newest message. `last_author`: "customer", "member" (here or on the shop's phone), "broadcast" or
    "automatic". `last_inbound_at`: time of the customer's newest message. `phone`: E.164, None for a hidden number.
    `is_waiting`: no member has answered or marked it as done. `may_want_to_stop`: a member has to decide whether a
    message was a STOP. `owner`: the name of the member who looks after it, "" for none.
    """

    conversation_id: int
    contact_id: int
    name: str
    phone: str | None
    channel_name: str
    last_text: str
    last_inbound_at: datetime
    last_author: str
    unread: int
    is_waiting: bool
    may_want_to_stop: bool
    owner: str


class Late(NamedTuple):
    """The period of late conversations: their customers have waited for `minutes` open minutes or longer, so the newest
    message came after `after` and not after `until`."""

    minutes: int
    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page, newest customer message first. `older` is the position of the next page, None at the end."""

    conversations: list[ConversationRow]
    older: Cursor | None


def conversation_page(
    workspace: Workspace, *, waiting: bool | Late = False, owner: User | None = None, words: str = "",
    behind: Cursor | None = None, limit: int = PAGE,
) -> ConversationPage:  # fmt: skip
    """Returns a page of conversations in which the customer has written.

    `waiting` selects conversations that wait for an answer, a `Late` those that have waited too long, `owner` those of
    a member; `words` searches by name, number, code or city as in the contact list; `behind` is the position after
    which the page begins.
    """
    people, params = conditions(workspace, Filters(q=words))
    conversations = ["k.workspace_id = %(workspace)s", "k.last_inbound_at IS NOT NULL"]
    if waiting:
        conversations.append("k.unanswered > 0")
    if isinstance(waiting, Late):
        conversations.append("k.last_inbound_at > %(after)s AND k.last_inbound_at <= %(until)s")
        params |= {"after": waiting.after, "until": waiting.until}
    if owner is not None:
        conversations.append("k.id IN (SELECT conversation_id FROM inbox_assignment WHERE user_id = %(owner)s)")
        params["owner"] = owner.pk
    if behind is not None:
        conversations.append("(k.last_inbound_at, k.id) < (%(at)s, %(behind)s)")
        params |= {"at": behind.at, "behind": behind.pk}
    params["limit"] = limit + 1
    parts = {"people": " AND ".join(people), "conversations": " AND ".join(conversations)}
    rows = _rows((_FOUND_AMONG_NEWEST if words else _ALL).format(**parts), params)
    if words and len(rows) <= limit:
        rows = _rows(_FOUND.format(**parts), params)
    found = [ConversationRow(*row) for row in rows[:limit]]
    last = found[-1] if len(rows) > limit else None
    return ConversationPage(found, Cursor(last.last_inbound_at, last.conversation_id) if last else None)


_COLUMNS = f"""
SELECT k.id, k.contact_id, c.name, {PHONE_SQL}, h.name, coalesce(nullif(left(w.text, 200), ''), k.last_text),
       k.last_inbound_at,
       CASE WHEN w.direction IS DISTINCT FROM 'outbound' THEN 'customer'
            WHEN w.author_id IS NOT NULL OR w.origin_kind IN ('member', 'phone', 'test') THEN 'member'
            WHEN w.origin_kind = 'broadcast' THEN 'broadcast'
            ELSE 'automatic' END,
       k.unread, k.unanswered > 0, {DOUBTED_SQL}, coalesce(nullif(u.name, ''), u.email, '')
"""
# The newest message that was received or sent, in the order of storage: the clocks of two phones cannot be compared.
_NEWEST = """
  LEFT JOIN LATERAL (
       SELECT m.direction, m.origin_kind, m.author_id, m.text FROM messaging_message m
        WHERE m.contact_id = k.contact_id AND m.channel_id = k.channel_id
          AND (m.direction = 'inbound' OR m.sent_at IS NOT NULL)
        ORDER BY m.id DESC LIMIT 1) w ON true
  LEFT JOIN inbox_assignment a ON a.conversation_id = k.id
  LEFT JOIN accounts_user u ON u.id = a.user_id
"""
_LAST_FIRST = "ORDER BY k.last_inbound_at DESC, k.id DESC"
_ALL = f"""{_COLUMNS}
  FROM messaging_conversation k
  JOIN contacts_contact c ON c.id = k.contact_id
  JOIN channels_channel h ON h.id = k.channel_id {_NEWEST}
 WHERE {{conversations}} AND {{people}} {_LAST_FIRST} LIMIT %(limit)s
"""
# A word of many contacts is found among the newest conversations, along the index. For a word of few contacts, the scan
# would read all conversations. The planner cannot know that, so the scan ends after SEARCHED_FIRST rows; then the
# contacts are searched first.
_FOUND_AMONG_NEWEST = f"""{_COLUMNS}
  FROM (SELECT k.* FROM messaging_conversation k WHERE {{conversations}} {_LAST_FIRST} LIMIT {SEARCHED_FIRST}) k
  JOIN contacts_contact c ON c.id = k.contact_id
  JOIN channels_channel h ON h.id = k.channel_id {_NEWEST}
 WHERE {{people}} {_LAST_FIRST} LIMIT %(limit)s
"""
_FOUND = f"""
WITH found AS MATERIALIZED (SELECT c.id, c.name FROM contacts_contact c WHERE {{people}}){_COLUMNS}
  FROM found c
  JOIN messaging_conversation k ON k.contact_id = c.id
  JOIN channels_channel h ON h.id = k.channel_id {_NEWEST}
 WHERE {{conversations}} {_LAST_FIRST} LIMIT %(limit)s
"""


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def get_conversation(workspace: Workspace, pk: int) -> Conversation:
    """Returns one conversation with its contact and channel. Raises Conversation.DoesNotExist."""
    found = Conversation.objects.filter(workspace=workspace, contact__erased_at=None)
    return found.select_related("contact", "contact__workspace", "channel").get(pk=pk)


def count_waiting(workspace: Workspace, most: int | None = None) -> int:
    """Counts the conversations that wait for an answer, up to `most` if given."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_WAITING, [workspace.pk, most])
        return int(cursor.fetchone()[0])


def late_of(workspaces: Sequence[Workspace], now: datetime) -> dict[int, Late]:
    """{workspace id: the period of its late conversations} at this time. A workspace that wants no alert, or that was
    open for a shorter time, is missing."""
    chosen = dict(AnswerTime.objects.filter(workspace__in=workspaces).values_list("workspace", "minutes"))
    hours, default, found = opening_hours_of(workspaces), AnswerTime().minutes, {}
    for workspace in workspaces:
        minutes = chosen.get(workspace.pk, default)
        until = hours[workspace.pk].waited_since(minutes, now) if minutes else None
        if until is not None:
            found[workspace.pk] = Late(minutes, now - FORGOTTEN, until)
    return found


def count_late(late: Mapping[int, Late]) -> dict[int, int]:
    """Counts the conversations that have waited too long, for each workspace that has one."""
    periods = list(late.values())
    values = {"shops": list(late), "after": [one.after for one in periods], "until": [one.until for one in periods]}
    return dict(_rows(_COUNT_LATE, values))


def longest_waiting(workspace: Workspace) -> int | None:
    """The id of the conversation that has waited longest for an answer, counted from the customer's newest message."""
    waiting = Conversation.objects.filter(workspace=workspace, unanswered__gt=0, contact__erased_at=None)
    return waiting.order_by("last_inbound_at", "pk").values_list("pk", flat=True).first()


def assignees(workspace: Workspace) -> list[User]:
    """The members who can look after a conversation: those who may answer customers."""
    members = team(workspace).filter(user__is_active=True)
    return [member.user for member in members if at_least(member.role, "agent")]


def owner_of(conversation: Conversation) -> User | None:
    """The member who looks after the conversation."""
    found = Assignment.objects.select_related("user").filter(conversation=conversation).first()
    return found.user if found else None


def count_owned(workspace: Workspace, user: User) -> int:
    """The number of conversations that a member looks after."""
    return Assignment.objects.filter(workspace=workspace, user=user).count()


def waiting_of(request: HttpRequest) -> int:
    """Counts the conversations that wait for an answer, once for each request."""
    known: int | None = getattr(request, _WAITING, None)
    if known is None:
        known = count_waiting(workspace_of(request))
        setattr(request, _WAITING, known)
    return known


def waiting_in_navigation(request: HttpRequest) -> int:
    """Counts the conversations that wait for an answer, up to `MOST_COUNTED` unless the page has counted them all."""
    known: int | None = getattr(request, _WAITING, None)
    return count_waiting(workspace_of(request), most=MOST_COUNTED) if known is None else known


def answer_time_values(workspace: Workspace) -> dict[str, Any]:
    """The answer time, as initial values of the form."""
    stored = AnswerTime.objects.filter(workspace=workspace).first() or AnswerTime(workspace=workspace)
    return {"minutes": stored.minutes}
