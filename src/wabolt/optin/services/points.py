"""Creates, changes and closes ways in, and makes their codes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.consent.models import Wording
from wabolt.consent.queries import current_wording, match_keyword
from wabolt.consent.services import add_wording
from wabolt.contacts.services import clean_fields, ensure_tags
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.media.models import MediaFile
from wabolt.optin.models import EntryPoint, PageLink, Placement
from wabolt.optin.questions import ensure_fields
from wabolt.optin.registry import kind_of
from wabolt.optin.rules.codes import POINT_LENGTH, codes_in, edit_distance
from wabolt.optin.rules.links import is_web_address
from wabolt.optin.services.new_codes import new_code
from wabolt.optin.wordings import default_greeting, default_wording

MAX_CODES = 2000
"""Codes of one workspace. More placements than any shop has, and few enough to compare a new code with each."""
_MIN_DISTANCE = 3
_FIRST_MEDIUM = {
    "qr": Placement.Medium.POSTER,
    "form": Placement.Medium.WEBSITE,
    "chat": Placement.Medium.CHAT,
    "giveaway": Placement.Medium.CHAT,
}
_LONGEST = {
    "shown_code": 30,
    "name": 100,
    "greeting": 120,
    "headline": 120,
    "incentive": 200,
    "description": 1000,
    "thanks": 1000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PointDraft:
    """The settings of an entry point, as a form gives them.

    `wording`: the text that people agree to for promotions; "" is the default text of the shop. `service_wording`: the
    same for service messages; None: not asked. `shown_code`: one promotion code for all. `questions`: see
    `questions.asked_questions`. `tags`: names. `fields`: {key of a custom field: value}. `links`: of the page, in
    order; None leaves them.
    """

    kind: str
    name: str
    channel: Channel
    language: str = "id"
    greeting: str = ""
    headline: str = ""
    description: str = ""
    incentive: str = ""
    thanks: str = ""
    picture: MediaFile | None = None
    logo: MediaFile | None = None
    colour: str = "#4f3cc9"
    wording: str = ""
    service_wording: str | None = None
    questions: Sequence[Mapping[str, Any]] = ()
    voucher_percent: int = 0
    voucher_days: int = 14
    shown_code: str = ""
    tags: Collection[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    active_from: datetime | None = None
    active_until: datetime | None = None
    links: Sequence["LinkDraft"] | None = None


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """A link of the page. `icon`: a key of ICONS."""

    title: str
    url: str
    icon: str = "link"


ICONS = (
    "link", "shopping-bag", "brand-whatsapp", "map-search", "brand-instagram", "brand-tiktok", "brand-facebook",
    "gift", "calendar-event", "photo", "mail", "phone",
)  # fmt: skip
"""The icons of links, names of the icon sprite."""
MAX_LINKS = 20


@transaction.atomic
def create_point(*, workspace: Workspace, draft: PointDraft, author: User | None = None) -> EntryPoint:
    """Creates an entry point with one code. Raises DomainError with the form field, as `_checked` says."""
    point = new_point(workspace=workspace, draft=draft, author=author)
    _audit(point, "entry_point.create", author)
    return point


def new_point(*, workspace: Workspace, draft: PointDraft, author: User | None = None) -> EntryPoint:
    """`create_point` without an audit entry, in the caller's transaction: for an event, a giveaway and the offers in
    chats."""
    point = EntryPoint(workspace=workspace, created_by=author, kind=draft.kind)
    _apply(point, draft)
    add_placement(workspace=workspace, point=point, medium=_FIRST_MEDIUM.get(draft.kind, Placement.Medium.OTHER))
    return point


@transaction.atomic
def update_point(*, workspace: Workspace, point_id: int, draft: PointDraft) -> EntryPoint:
    """Changes an entry point. A changed wording becomes a new version; entries keep the version that they were shown.

    Each placement gets a new code for the new version, and the codes before stay valid for the former one: a person who
    scans an old poster agrees to the text on it. Raises EntryPoint.DoesNotExist and DomainError.
    """
    point = change_point(workspace=workspace, point_id=point_id, draft=draft)
    _audit(point, "entry_point.edit")
    return point


def change_point(*, workspace: Workspace, point_id: int, draft: PointDraft) -> EntryPoint:
    """`update_point` without an audit entry, in the caller's transaction: for an event and a giveaway."""
    point = EntryPoint.objects.select_for_update(no_key=True, of=("self",)).get(workspace=workspace, pk=point_id)
    _apply(point, draft)
    _renew_codes(point)
    return point


@transaction.atomic
def add_placement(
    *,
    workspace: Workspace,
    point: EntryPoint,
    branch: str = "",
    medium: str = Placement.Medium.OTHER,
    staff: str = "",
    by: User | None = None,
) -> Placement:
    """Makes the code of a placement, or returns the one that the placement has. `by`: the member who asked for it, who
    gets an audit entry.

    The code differs from every other code of the workspace in at least three characters, added and missing ones
    included. Raises DomainError `too_many_codes` or `too_long`.
    """
    if point.workspace_id != workspace.pk:
        raise ValueError("an entry point of another workspace")
    placement = {"branch": clean(storable(branch)), "medium": medium, "staff": clean(storable(staff))}
    if medium not in Placement.Medium.values:
        raise DomainError(_("Choose where the code is shown."), code="bad_medium", field="medium")
    for name in ("branch", "staff"):
        if len(placement[name]) > 80:
            raise DomainError(_("This is too long."), code="too_long", field=name)
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two new codes at once take turns
    found = Placement.objects.filter(point=point, replaced_at=None, **placement).first()
    if found:
        return found
    known = dict(Placement.objects.filter(workspace=workspace).values_list("code", "replaced_at"))
    if sum(replaced_at is None for replaced_at in known.values()) >= MAX_CODES:
        raise DomainError(_("A shop can have 2,000 codes."), code="too_many_codes")
    [code] = _free_codes(known, 1)
    wording = point.marketing_wording
    made = Placement.objects.create(workspace=workspace, point=point, code=code, wording=wording, **placement)
    if by is not None:
        _audit(point, "entry_point.code", by, placement)
    return made


def note_print(*, workspace: Workspace, placement_id: int) -> None:
    """Notes that a file to print was made for a placement. Raises Placement.DoesNotExist."""
    placement = Placement.objects.get(workspace=workspace, pk=placement_id)
    placement.printed_at = clock.now()
    placement.save(update_fields=["printed_at"])


@transaction.atomic
def close_point(*, workspace: Workspace, point_id: int, closed: bool = True) -> EntryPoint:
    """Closes an entry point or opens it again. Raises EntryPoint.DoesNotExist."""
    point = EntryPoint.objects.get(workspace=workspace, pk=point_id)
    point.closed_at = clock.now() if closed else None
    point.save(update_fields=["closed_at"])
    _audit(point, "entry_point.close" if closed else "entry_point.open")
    return point


@transaction.atomic
def archive_point(*, workspace: Workspace, point_id: int, archived: bool = True) -> EntryPoint:
    """Moves an entry point out of the list, which closes it, or back. Raises EntryPoint.DoesNotExist."""
    point = EntryPoint.objects.get(workspace=workspace, pk=point_id)
    point.archived_at = clock.now() if archived else None
    point.save(update_fields=["archived_at"])
    _audit(point, "entry_point.archive" if archived else "entry_point.unarchive")
    return point


def _audit(point: EntryPoint, action: str, by: User | None = None, data: Mapping[str, Any] | None = None) -> None:
    record_audit(workspace=point.workspace, actor=by, action=action, target=("entry_point", point.pk), data=data)


def _renew_codes(point: EntryPoint) -> None:
    """Gives the placements of an entry point whose text has changed new codes, in the caller's transaction."""
    if kind_of(point.kind).handle is not None:
        return  # a message with such a code agrees to nothing
    Workspace.objects.select_for_update(no_key=True).get(pk=point.workspace_id)
    former = point.placements.filter(replaced_at=None).exclude(wording=point.marketing_wording)
    placements = list(former.order_by("pk").values("branch", "medium", "staff"))
    former.update(replaced_at=clock.now())
    known = Placement.objects.filter(workspace=point.workspace_id).values_list("code", flat=True)
    codes = _free_codes(known if placements else [], len(placements))
    Placement.objects.bulk_create(
        Placement(workspace=point.workspace, point=point, code=code, wording=point.marketing_wording, **placement)
        for code, placement in zip(codes, placements, strict=True)
    )


def _free_codes(all_codes: Iterable[str], count: int) -> list[str]:
    """New codes that differ from each other and from all codes of the workspace in `_MIN_DISTANCE` edits."""
    known, found = list(all_codes), []
    for _number in range(count):
        code = new_code(POINT_LENGTH, lambda new: all(edit_distance(new, other) >= _MIN_DISTANCE for other in known))
        found.append(code)
        known.append(code)
    return found


def _apply(point: EntryPoint, draft: PointDraft) -> None:
    workspace = point.workspace
    if draft.channel.workspace_id != workspace.pk:
        raise ValueError("a channel of another workspace")
    check_end(draft.active_until, point.active_until)
    for name, value in _checked(workspace, draft).items():
        setattr(point, name, value)
    point.channel, point.picture, point.logo = draft.channel, draft.picture, draft.logo
    ensure_fields(workspace=workspace, stored=draft.questions)
    point.marketing_wording = _wording(workspace, "marketing", draft.wording, draft.language)
    asks_service = draft.service_wording is not None
    point.service_wording = (
        _wording(workspace, "service", draft.service_wording or "", draft.language) if asks_service else None
    )
    is_new = point.pk is None
    point.save()
    tags = ensure_tags(workspace=workspace, names=draft.tags)
    if tags or not is_new:
        point.tags.set(tags.values())
    if draft.links is not None:
        _set_links(point, draft.links)


def check_greeting(workspace: Workspace, text: str) -> None:
    """Raises DomainError for a first message that would stop promotions or that holds a code."""
    if match_keyword(workspace, text) in {"stop", "doubt"}:
        raise DomainError(
            _("This message would stop promotions. Write another one."), code="stop_word", field="greeting"
        )
    if codes_in(text):
        raise DomainError(_("Leave the code out. It is added by itself."), code="code", field="greeting")


def check_end(until: datetime | None, before: datetime | None) -> None:
    """Raises DomainError for a new end that has passed. `before` is the stored end, which may stay."""
    if until and until != before and until <= clock.now():
        raise DomainError(_("This time is over. Choose a later one."), code="bad_period", field="active_until")


def _checked(workspace: Workspace, draft: PointDraft) -> dict[str, Any]:
    """Returns the plain columns. Raises DomainError: `empty`, `too_long`, `stop_word`, `bad_period`, `bad_percent`."""
    with override(draft.language):
        greeting = clean(storable(draft.greeting)) or default_greeting(workspace.name)
    texts = {
        "name": clean(storable(draft.name)),
        "greeting": greeting,
        "headline": clean(storable(draft.headline)),
        "incentive": clean(storable(draft.incentive)),
        "shown_code": clean(storable(draft.shown_code)),
        "description": storable(draft.description).strip(),
        "thanks": storable(draft.thanks).strip(),
    }
    if not texts["name"]:
        raise DomainError(_("Give it a name."), code="empty", field="name")
    for name, text in texts.items():
        if len(text) > _LONGEST[name]:
            raise DomainError(_("This is too long."), code="too_long", field=name)
    check_greeting(workspace, texts["greeting"])
    if draft.active_from and draft.active_until and draft.active_from >= draft.active_until:
        raise DomainError(_("The end is before the beginning."), code="bad_period", field="active_until")
    if not 0 <= draft.voucher_percent <= 100 or not 1 <= draft.voucher_days <= 365:
        raise DomainError(
            _("A discount is 0 to 100 percent, for 1 to 365 days."), code="bad_percent", field="voucher_percent"
        )
    return {
        **texts,
        "kind": draft.kind,
        "language": draft.language,
        "colour": draft.colour,
        "questions": [dict(question) for question in draft.questions],
        "voucher_percent": draft.voucher_percent,
        "voucher_days": draft.voucher_days,
        "fields": clean_fields(workspace, draft.fields),
        "active_from": draft.active_from,
        "active_until": draft.active_until,
    }


def _set_links(point: EntryPoint, links: Sequence[LinkDraft]) -> None:
    """Replaces the links. A link whose address stays keeps its taps. Raises DomainError with field "links"."""
    if len(links) > MAX_LINKS:
        raise DomainError(_("Up to 20 links fit on a page."), code="too_many", field="links")
    taps = dict(point.links.values_list("url", "taps"))
    rows = []
    for position, link in enumerate(links):
        title, url = clean(storable(link.title)), storable(link.url).strip()
        if not 0 < len(title) <= 60:
            raise DomainError(_("A link needs a title of up to 60 letters."), code="bad_title", field="links")
        if len(url) > 500 or not is_web_address(url):
            message = _("“%(title)s” has no web address that opens: it begins with https://.")
            raise DomainError(message % {"title": title}, code="bad_url", field="links")
        icon = link.icon if link.icon in ICONS else ICONS[0]
        rows.append(PageLink(point=point, title=title, url=url, icon=icon, position=position, taps=taps.get(url, 0)))
    point.links.all().delete()
    PageLink.objects.bulk_create(rows)


def _wording(workspace: Workspace, purpose: str, text: str, language: str) -> Wording:
    """The version of the text: the shop's own text if `text` is empty and the shop has one in this language."""
    shops = current_wording(workspace, purpose)
    if not text.strip() and shops is not None and shops.language == language:
        return shops
    with override(language):
        chosen = text.strip() or default_wording(purpose, workspace.name)
    known = Wording.objects.filter(workspace=workspace, purpose=purpose, text=chosen, language=language)
    return known.order_by("-version").first() or add_wording(
        workspace=workspace, purpose=purpose, text=chosen, language=language, is_default=False
    )
