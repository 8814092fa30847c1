"""Creates and changes giveaways."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.consent.queries import match_keyword
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, normalise_keyword, storable
from wabolt.media.models import MediaFile
from wabolt.media.services import hold_media
from wabolt.messaging.services import check_carried
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.rules.words import flaw_of
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.rules.codes import codes_in
from wabolt.optin.rules.replies import is_no, is_yes
from wabolt.optin.services.points import PointDraft, change_point, new_point
from wabolt.optin.signals import word_choosing

_LONGEST = {"rules": 2000, "criteria": 500, "reward_text": 1000}
FLAWS: dict[str, Promise] = {
    "short": gettext_lazy("Choose a word of at least 3 letters."),
    "long": gettext_lazy("Choose a shorter word: at most 30 letters and 3 words."),
    "number": gettext_lazy("Choose a word with letters: a number alone can mean many things in a chat."),
    "common": gettext_lazy("Customers write this word for other reasons too. Choose one that only your giveaway has."),
    "yes": gettext_lazy("This word is an answer to a question. Choose another one."),
    "code": gettext_lazy("This looks like the code of a way in. Choose an ordinary word."),
    "taken": gettext_lazy("A message of this word means something else in your shop already. Choose another one."),
    "stop": gettext_lazy("This is a stop word, or it can mean stop. People who write it get no promotions any more."),
    "start": gettext_lazy(
        "This is a join word. Customers who write it agree to promotions, and taking part must not do that."
    ),
    "permit_missing": gettext_lazy(
        "A prize that is drawn by lot is an “undian gratis berhadiah” and needs a permit of the Ministry of Social"
        " Affairs (Permensos 4/2021). Write the number of your permit, or choose a giveaway for everyone or a contest."
    ),
}
"""Refusals of a word, and of a draw without a permit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveawayDraft:
    """The settings of a giveaway, as a form gives them. `prize`: a sentence for customers. `stock`: None: no limit."""

    kind: str
    name: str
    channel: Channel
    word: str
    prize: str
    language: str = "id"
    rules: str = ""
    criteria: str = ""
    permit_number: str = ""
    reward_text: str = ""
    reward_media: MediaFile | None = None
    reward_percent: int = 0
    reward_days: int = 14
    stock: int | None = None
    places: int = 1
    asks_permission: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@transaction.atomic
def create_giveaway(*, workspace: Workspace, draft: GiveawayDraft, author: User | None = None) -> Giveaway:
    """Creates a giveaway with its way in and one code. Raises DomainError with the form field."""
    _take_turns(workspace)
    values = _checked(workspace, draft, None)
    point = new_point(workspace=workspace, draft=_point_draft(draft, values["word"]), author=author)
    giveaway = Giveaway.objects.create(workspace=workspace, point=point, kind=draft.kind, **values)
    record_audit(workspace=workspace, actor=author, action="giveaway.create", target=("giveaway", giveaway.pk))
    return giveaway


@transaction.atomic
def update_giveaway(*, workspace: Workspace, giveaway_id: int, draft: GiveawayDraft) -> Giveaway:
    """Changes a giveaway. The kind cannot change once people take part; number of winners,
    permit, prize and closing time cannot change once the list of entrants is fixed. Raises Giveaway.DoesNotExist, and
    DomainError with the form field."""
    _take_turns(workspace)
    known = Giveaway.objects.select_for_update(no_key=True, of=("self",)).select_related("point")
    giveaway = known.get(workspace=workspace, pk=giveaway_id)
    if giveaway.last_number and draft.kind != giveaway.kind:
        message = _("People take part already, so this stays what it is. Make a new one for something else.")
        raise DomainError(message, code="kind_fixed", field="kind")
    if giveaway.locked_at and _rules_of(giveaway) != _rules_of_draft(draft):
        message = _("The list of entrants is fixed. Times, prize and number of winners can no longer be changed.")
        raise DomainError(message, code="locked")
    values = _checked(workspace, draft, giveaway)
    change_point(workspace=workspace, point_id=giveaway.pk, draft=_point_draft(draft, values["word"]))
    for name, value in values.items():
        setattr(giveaway, name, value)
    giveaway.kind = draft.kind
    giveaway.save(update_fields=["kind", *values])
    record_audit(workspace=workspace, action="giveaway.edit", target=("giveaway", giveaway.pk))
    return giveaway


def _take_turns(workspace: Workspace) -> None:
    """Locks the workspace, so that two giveaways that are saved at once do not get the same word."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _rules_of(giveaway: Giveaway) -> tuple[Any, ...]:
    point = giveaway.point
    return (giveaway.kind, giveaway.places, giveaway.permit_number, point.incentive, point.active_until)


def _rules_of_draft(draft: GiveawayDraft) -> tuple[Any, ...]:
    return (draft.kind, draft.places, clean(draft.permit_number), clean(storable(draft.prize)), draft.closes_at)


def _point_draft(draft: GiveawayDraft, word: str) -> PointDraft:
    return PointDraft(
        kind=EntryPoint.Kind.GIVEAWAY,
        name=draft.name,
        channel=draft.channel,
        language=draft.language,
        greeting=word,
        incentive=draft.prize,
        headline=draft.name,
        active_from=draft.opens_at,
        active_until=draft.closes_at,
    )


def _checked(workspace: Workspace, draft: GiveawayDraft, known: Giveaway | None) -> dict[str, Any]:
    """Returns the columns of the giveaway. Raises DomainError."""
    word = clean(storable(draft.word)).upper()
    key = normalise_keyword(word)
    _check_word(workspace, word, without=known.pk if known else None)
    _check_kind(draft)
    _check_reward(draft, known)
    texts = {"rules": draft.rules, "criteria": draft.criteria, "reward_text": draft.reward_text}
    values: dict[str, Any] = {name: storable(text).strip() for name, text in texts.items()}
    for name, text in values.items():
        if len(text) > _LONGEST[name]:
            raise DomainError(_("This is too long."), code="too_long", field=name)
    if draft.reward_media is not None:
        hold_media(media=draft.reward_media)
    is_reward = draft.kind == Giveaway.Kind.REWARD
    return {
        **values,
        "word": word,
        "word_key": key,
        "criteria": values["criteria"] if draft.kind == Giveaway.Kind.CONTEST else "",
        "permit_number": clean(storable(draft.permit_number)) if draft.kind == Giveaway.Kind.DRAW else "",
        "reward_media": draft.reward_media,
        "reward_percent": draft.reward_percent,
        "reward_days": draft.reward_days,
        "stock": draft.stock if is_reward else None,
        "places": 1 if is_reward else draft.places,
        "asks_permission": draft.asks_permission,
    }


def has_meaning(workspace: Workspace, word: str) -> bool:
    """Whether a message of this word is a stop or join word, or a request that another room answers."""
    return match_keyword(workspace, word) is not None or _is_taken(workspace, word)


def _is_taken(workspace: Workspace, word: str) -> bool:
    return any(taken for _room, taken in word_choosing.send(Giveaway, workspace=workspace, word=word))


def _check_word(workspace: Workspace, word: str, *, without: int | None = None) -> None:
    """Raises DomainError for the field "word" when the word cannot be that of a giveaway, with the reason."""
    key = normalise_keyword(word)
    flaw = flaw_of(key)
    meaning = match_keyword(workspace, word)
    if meaning is not None:
        flaw = "start" if meaning == "start" else "stop"
    elif flaw is None and (is_yes(word) or is_no(word)):
        flaw = "yes"
    elif flaw is None and codes_in(word):
        flaw = "code"
    elif flaw is None and _is_taken(workspace, word):
        flaw = "taken"
    if flaw is not None:
        raise DomainError(FLAWS[flaw], code=f"word_{flaw}", field="word")
    other = queries.with_same_word(workspace, key, without)
    if other is not None:
        message = _("“%(word)s” is the word of “%(name)s”, which is not over yet.")
        names = {"word": word, "name": other.point.name}
        raise DomainError(message % names, code="word_taken", field="word")


def _check_kind(draft: GiveawayDraft) -> None:
    if draft.kind not in Giveaway.Kind.values:
        raise DomainError(_("Choose how the prize is given."), code="bad_kind", field="kind")
    if not clean(storable(draft.prize)):
        raise DomainError(_("Say in one sentence what people get."), code="empty", field="prize")
    if draft.kind == Giveaway.Kind.REWARD:
        return
    permit = clean(storable(draft.permit_number))
    if draft.kind == Giveaway.Kind.DRAW and not (5 <= len(permit) <= 80 and any(char.isdigit() for char in permit)):
        raise DomainError(FLAWS["permit_missing"], code="permit_missing", field="permit_number")
    if draft.kind == Giveaway.Kind.CONTEST and not storable(draft.criteria).strip():
        message = _("Say what the jury looks for. Without it, the choice would be a matter of luck.")
        raise DomainError(message, code="empty", field="criteria")
    if not 1 <= draft.places <= 100:
        raise DomainError(_("Choose 1 to 100 winners."), code="bad_places", field="places")
    if draft.closes_at is None:
        message = _("Say until when people can take part.")
        raise DomainError(message, code="empty", field="closes_at")


def _check_reward(draft: GiveawayDraft, known: Giveaway | None) -> None:
    if not 0 <= draft.reward_percent <= 100 or not 1 <= draft.reward_days <= 365:
        message = _("A discount is 0 to 100 percent, for 1 to 365 days.")
        raise DomainError(message, code="bad_percent", field="reward_percent")
    is_reward = draft.kind == Giveaway.Kind.REWARD
    if is_reward and not draft.reward_percent and not draft.reward_media and not draft.reward_text.strip():
        message = _("Give a voucher, or write what everyone gets.")
        raise DomainError(message, code="no_reward", field="reward_text")
    if is_reward and draft.stock is not None:
        given = known.last_number if known else 0
        if not max(1, given) <= draft.stock <= 1_000_000:
            message = _("%(number)s are given already. Choose at least as many.") % {"number": given}
            problem = message if given else _("Choose at least 1, or leave it empty for no limit.")
            raise DomainError(problem, code="bad_stock", field="stock")
    if draft.reward_media is not None:
        try:
            check_carried(channel=draft.channel, media=draft.reward_media, caption=draft.reward_text)
        except DomainError as problem:
            raise DomainError(problem.message, code=problem.code, field="reward_media") from problem
