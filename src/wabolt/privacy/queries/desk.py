"""Reads of the privacy desk. `workspace` is the first argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import with_absorbed
from wabolt.contacts.registry import personal_data, personal_rows
from wabolt.lib.phones import chat_url
from wabolt.messaging.models import Message
from wabolt.privacy.models import DataRequest, PrivacySettings, RequestStep, RequestTicket
from wabolt.privacy.rules import kind_of_text, words_of

OPEN = ("open", "erasing")


def alert_data(request: DataRequest) -> dict[str, str]:
    """The facts that an alert about a request shows: no name and no number."""
    return {"kind": request.kind, "due": request.due_at.isoformat()}


def requests(workspace: Workspace, *, show: str = "open") -> QuerySet[DataRequest]:
    """The requests of a shop: "open" ones with the shortest time left first, or "closed" ones, newest first."""
    found = DataRequest.objects.filter(workspace=workspace).select_related("contact", "owner")
    if show == "closed":
        return found.exclude(state__in=OPEN).order_by("-closed_at", "-pk")
    return found.filter(state__in=OPEN).order_by("opened_at", "pk")


def is_request(workspace: Workspace, text: str) -> bool:
    """Whether a message of this text asks for a right over personal data."""
    own = PrivacySettings.objects.filter(workspace=workspace).values_list("words", flat=True).first()
    return kind_of_text(text, own or {}) is not None


def get_request(workspace: Workspace, request_id: int) -> DataRequest | None:
    """One request of the workspace."""
    found = DataRequest.objects.filter(workspace=workspace, pk=request_id)
    return found.select_related("workspace", "contact", "owner", "channel").first()


def steps_of(request: DataRequest) -> list[tuple[RequestStep, str]]:
    """(step, state of the message that it queued), oldest first."""
    steps = list(request.steps.select_related("actor").order_by("pk"))
    ids = [step.message_id for step in steps if step.message_id]
    states = dict(Message.objects.filter(pk__in=ids, direction="outbound").values_list("pk", "state"))
    return [(step, states.get(step.message_id or 0, "")) for step in steps]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """The rows of one kind about a person, and what an erasure does with them."""

    key: str
    label: str | Promise
    count: int
    fate: str


def held_about(workspace: Workspace, contact: Contact) -> list[HeldRows]:
    """The preview of an erasure: what every room holds about a person, without empty kinds."""
    found: list[HeldRows] = []
    ids = with_absorbed(workspace, [contact.pk])
    with connection.cursor() as cursor:
        for data in personal_data():
            cursor.execute(f"SELECT count(*) FROM {data.table} WHERE contact_id = ANY(%s)", [ids])
            found.append(HeldRows(data.table, data.label, cursor.fetchone()[0], data.fate))
    found += [HeldRows(place.key, place.label, place.count(workspace, ids), place.fate) for place in personal_rows()]
    return [rows for rows in found if rows.count]


def settings_of(workspace: Workspace) -> PrivacySettings:
    """The settings of a shop; unsaved defaults if it has none yet."""
    return PrivacySettings.objects.filter(workspace=workspace).first() or PrivacySettings(workspace=workspace)


def public_path(workspace_id: int) -> str:
    """The path of the privacy page of a shop; "" if it has none yet."""
    slug = PrivacySettings.objects.filter(workspace=workspace_id).values_list("slug", flat=True).first()
    return reverse("privacy:page", args=[slug]) if slug else ""


def settings_by_slug(slug: str) -> PrivacySettings | None:
    """The settings behind a public address."""
    return PrivacySettings.objects.select_related("workspace").filter(slug=slug).first()


def waiting_ticket(workspace: Workspace, code: str) -> RequestTicket | None:
    """A filled-in form that waits for its message."""
    return RequestTicket.objects.filter(workspace=workspace, code=code).first()


def is_submitted(workspace: Workspace, form_key: UUID) -> bool:
    """Whether a form with this key was submitted before and waits for its message."""
    return RequestTicket.objects.filter(workspace=workspace, form_key=form_key).exists()


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The message that a person sends: its text, and the address that opens WhatsApp with it ("" without a number)."""

    text: str
    url: str


def request_message(workspace: Workspace, ticket: RequestTicket) -> FirstMessage:
    """The message that turns a filled-in form into a request."""
    word = words_of(settings_of(workspace).words)[ticket.kind][0]
    text = f"{word} #{ticket.code}"
    channel = Channel.objects.filter(workspace=workspace, archived_at=None).exclude(phone="").order_by("pk").first()
    return FirstMessage(text, chat_url(channel.phone, text) if channel else "")


def own_words(workspace: Workspace) -> dict[str, list[str]]:
    """The words of requests that the shop chose, by kind."""
    found = PrivacySettings.objects.filter(workspace=workspace).values_list("words", flat=True).first()
    return found or {}


def claimed_words(workspace: Workspace, texts: Sequence[str]) -> list[str]:
    """The name of the kind of request that each text is, "" for none."""
    words, kinds = own_words(workspace), dict(DataRequest.Kind.choices)
    return [str(kinds.get(kind_of_text(text, words) or "", "")) for text in texts]
