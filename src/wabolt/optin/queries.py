"""Reads of opt-in: ways in with their figures, public pages, and the address that opens WhatsApp."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.channels.registry import capabilities
from wabolt.consent.models import Consent, Wording
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.phones import chat_url
from wabolt.lib.public_address import absolute_url
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Template
from wabolt.messaging.queries import has_gaps, personal_templates, purpose_of, reads_as
from wabolt.optin.models import Entry, EntryPoint, Offer, OptinSettings, Placement, ShopEvent
from wabolt.optin.questions import asked_questions
from wabolt.optin.registry import kind_of
from wabolt.optin.registry import kinds as all_kinds
from wabolt.optin.rules.codes import (
    codes_in,
    nearby_codes_in,
)
from wabolt.optin.rules.offering import OfferFacts, refusal_to_offer

_PARTS = ("channel", "marketing_wording", "service_wording")
__all__ = [
    "Figures",
    "FirstMessage",
    "asked_labels",
    "codes_in",
    "entry_point",
    "entry_points",
    "figures",
    "first_message",
    "is_simulated",
    "nearby_codes_in",
    "outdated_prints",
    "page_url",
    "placements_of",
    "read_files",
    "refusal_of",
    "scan_url",
    "shown_point",
    "waiting_entry",
]


def entry_points(workspace: Workspace, *, archived: bool = False) -> QuerySet[EntryPoint]:
    """Entry points, newest first, with `joined` (people) and `waiting` (forms without a message)."""
    points = EntryPoint.objects.filter(workspace=workspace, archived_at__isnull=not archived).select_related("channel")
    entries = Entry.objects.filter(point=OuterRef("pk")).order_by().values("point")
    joined = entries.filter(state=Entry.State.CONFIRMED).annotate(number=Count("pk")).values("number")
    waiting = entries.filter(state=Entry.State.PENDING).annotate(number=Count("pk")).values("number")
    return points.annotate(joined=Coalesce(Subquery(joined), 0), waiting=Coalesce(Subquery(waiting), 0)).order_by("-pk")


def entry_point(workspace: Workspace, point_id: int) -> EntryPoint | None:
    """The entry point with its number and texts; None if the workspace has none with this id."""
    found = EntryPoint.objects.filter(workspace=workspace, pk=point_id)
    point = found.select_related(*_PARTS).first()
    if point is not None:
        read_files(point)
    return point


def read_files(point: EntryPoint) -> None:
    """Reads the picture and the logo, without their bytes, unless they were read before. With two more joins in the
    statement of the entry point, PostgreSQL would take longer to plan it."""
    files = MediaFile.objects.defer("data")
    prefetch_related_objects([point], Prefetch("picture", files), Prefetch("logo", files))


def placements_of(point: EntryPoint) -> QuerySet[Placement]:
    """The placements of an entry point, oldest first, each with its present code."""
    return point.placements.filter(replaced_at=None).order_by("pk")


def claimed_codes(workspace: Workspace, texts: Sequence[str]) -> list[str]:
    """The name of the entry point whose code each text holds, "" for none."""
    codes = [codes_in(text) for text in texts]
    known = Placement.objects.filter(point__workspace=workspace, code__in={code for found in codes for code in found})
    names = dict(known.values_list("code", "point__name"))
    return [next((names[code] for code in found if code in names), "") for found in codes]


def outdated_prints(point: EntryPoint) -> QuerySet[Placement]:
    """Printed codes with a former text whose placements were not printed with the present one, newest first."""
    present = Placement.objects.filter(
        point=point, replaced_at=None, printed_at__isnull=False,
        branch=OuterRef("branch"), medium=OuterRef("medium"), staff=OuterRef("staff"),
    )  # fmt: skip
    former = point.placements.filter(replaced_at__isnull=False, printed_at__isnull=False)
    return former.filter(~Exists(present)).select_related("wording").order_by("-replaced_at", "pk")


def shown_point(slug: str) -> EntryPoint | None:
    """The entry point of a public page, without its files (`read_files`); None for an unknown address and for a page
    that is not shown now."""
    point, now = point_by_slug(slug), clock.now()
    if point is None or point.archived_at:
        return None
    shown = kind_of(point.kind).shown
    is_shown = shown(point, now) if shown else point.is_open(now) or point.opens_later(now)
    return point if is_shown else None


def point_by_slug(slug: str) -> EntryPoint | None:
    """The entry point with this public address, open or not; None for an unknown address. `read_files` reads its files.

    It is one statement, also for the rows that decide whether a page is shown: a further one would tell strangers by
    its time that the page exists and is closed.
    """
    points = EntryPoint.objects.filter(slug=slug).select_related("workspace", "event", "giveaway", *_PARTS)
    return next(iter(points), None)  # `first` adds an order, for which Django computes a hash of each column


def waiting_entry(point: EntryPoint, code: str) -> Entry | None:
    """The submitted form with this code; None if there is none."""
    return Entry.objects.filter(point=point, code=code).first()


def submitted_entry(point: EntryPoint, form_key: UUID) -> Entry | None:
    """The entry of a form that was submitted before; None if it was not."""
    return Entry.objects.filter(point=point, form_key=form_key).first()


def settings_of(workspace: Workspace) -> OptinSettings:
    """The settings of a shop; the defaults, not stored, if it has none."""
    found = OptinSettings.objects.filter(workspace=workspace).select_related("asking_channel").first()
    return found or OptinSettings(workspace=workspace)


def asking_name(wording: Wording) -> str:
    """The name of the template that asks for a YES to this text. Another text needs another template."""
    return f"wabolt_daftar_{wording.pk}"


def asking_template(workspace: Workspace, wording: Wording) -> Template | None:
    """The template that may ask the owner of a typed number for a YES to `wording`; None if there is none.

    It is made for it (`services.make_asking_template`) and approved as a service message. It shows the text, because a
    YES agrees to nothing else, and has no gaps, so that nothing that a visitor typed is sent.
    """
    channel = settings_of(workspace).asking_channel
    if channel is None:
        return None
    for template in personal_templates(workspace, channel):
        is_made_for_it = template.name == asking_name(wording) and _one_line(wording.text) in _one_line(
            reads_as(template.components, {})
        )
        if is_made_for_it and purpose_of(template) == "service" and not has_gaps(template):
            return template
    return None


@dataclass(frozen=True, slots=True)
class Asking:
    """A text of open forms with its template. `forms`: their names. `status`: "" without a template, "approved",
    "unfit" (approved, but its text or category was changed), or the vendor's word."""

    wording: Wording
    forms: tuple[str, ...]
    status: str


def askings(workspace: Workspace) -> list[Asking]:
    """The texts that forms of the workspace ask typed numbers to agree to, with the state of their templates."""
    kinds = [kind.key for kind in all_kinds() if kind.asks_number and kind.opens_page]
    forms = EntryPoint.objects.filter(workspace=workspace, kind__in=kinds, archived_at=None, closed_at=None)
    names: dict[Wording, list[str]] = {}
    for form in forms.select_related("marketing_wording").order_by("pk"):
        names.setdefault(form.marketing_wording, []).append(form.name)
    made = Template.objects.filter(workspace=workspace, channel=settings_of(workspace).asking_channel)
    states = dict(made.values_list("name", "status"))
    return [
        Asking(wording, tuple(forms), _asking_status(workspace, wording, states.get(asking_name(wording), "")))
        for wording, forms in names.items()
    ]


def _asking_status(workspace: Workspace, wording: Wording, status: str) -> str:
    return "unfit" if status == "approved" and asking_template(workspace, wording) is None else status


def _one_line(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The customer's first message: its text, and the address that opens WhatsApp with it."""

    text: str
    url: str


def first_message(point: EntryPoint, code: str, *, greeting: str | None = None) -> FirstMessage:
    """The message that joins with `code`, after the greeting of the entry point unless another one is given.

    The address has no number while the shop's number is unknown.
    """
    text = f"{point.greeting if greeting is None else greeting} #{code}".strip()
    return FirstMessage(text, chat_url(point.channel.phone, text))


def is_simulated(point: EntryPoint) -> bool:
    """Whether customers write to a simulated number, which no real phone reaches."""
    return capabilities(point.channel.provider).is_simulation


def simulated_phone_url(point: EntryPoint, text: str) -> str:
    """The members' page on which a simulated phone has this message ready; "" for a real number."""
    if not is_simulated(point):
        return ""
    return f"{reverse('channels:phones')}?{urlencode({'channel': point.channel_id, 'text': text})}"


def page_url(point: EntryPoint) -> str:
    """The address of the public page."""
    return absolute_url(reverse("optin:join", args=[point.slug]))


def scan_url(point: EntryPoint, placement: Placement) -> str:
    """The address in the QR code of a placement: the public page if it asks something first; else WhatsApp."""
    if kind_of(point.kind).opens_page:
        return f"{page_url(point)}?at={placement.code}"
    return first_message(point, placement.code).url


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of an entry point: forms without a message, permissions that were new, and people who joined and
    still agree to promotions."""

    waiting: int
    newly_granted: int
    still_agree: int


def figures(point: EntryPoint) -> Figures:
    """The numbers of one entry point, in one statement."""
    confirmed = Q(state=Entry.State.CONFIRMED)
    agrees = Consent.objects.filter(contact=OuterRef("contact"), purpose="marketing", state="granted")
    counted = Entry.objects.filter(point=point).aggregate(
        waiting=Count("pk", filter=Q(state=Entry.State.PENDING)),
        newly_granted=Count("pk", filter=confirmed & Q(newly_granted=True)),
        still_agree=Count("pk", filter=Q(confirmed, Exists(agrees))),
    )
    return Figures(**counted)


def refusal_of(workspace: Workspace, contact: Contact) -> str | None:
    """Returns why the list may not be offered to this contact now (`refusal_to_offer`); None if it may."""
    status = consent_of(workspace, contact.pk)
    last = Offer.objects.filter(workspace=workspace, contact=contact).aggregate(last=Max("offered_at"))["last"]
    is_barred = status.suppressed or status.doubted or status.restricted
    facts = OfferFacts(status.state, is_barred, contact.last_inbound_at, last)
    return refusal_to_offer(facts, clock.now())


def asked_labels(workspace: Workspace, points: QuerySet[EntryPoint]) -> list[str]:
    """Returns the questions of the forms of these ways in, as customers read them, each once."""
    forms = points.exclude(questions=[]).values_list("questions", flat=True)
    asked = asked_questions(workspace, [question for form in forms for question in form])
    events = ShopEvent.objects.filter(workspace=workspace, point__in=points).exclude(questions=[])
    own = [one for questions in events.values_list("questions", flat=True) for one in questions]
    found = [str(one.question.label) for one in asked] + [str(one.get("label", "")) for one in own]
    return list(dict.fromkeys(label.rstrip(" ?:") for label in found if label))
