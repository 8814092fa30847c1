"""Creating, changing, ordering and deleting rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.autoreply.models import ReplyAnswer, ReplyRule, ReplySettings
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import asks_for_person
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.channels.registry import as_lines
from wabolt.consent.queries import match_keywords
from wabolt.contacts.registry import ActionCall, check_calls, read_calls
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Message
from wabolt.messaging.services import check_carried, create_content
from wabolt.segments.models import Segment

MOST_RULES = 500
MOST_PHRASES = 40
LONGEST_PHRASE = 60
LONGEST_ANSWER = 4096
"""Characters of an answer with the lines of its menu: WhatsApp's limit."""
MOST_ANSWERS = 5
MOST_CHOICES = 9
"""Lines of a numbered menu: one digit each."""
MOST_MINUTES = 7 * 24 * 60
START_FORM = "autoreply.start_form"
"""The key of the contact action that starts a chat form."""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """One answer: a Liquid text, perhaps a file, and the rules that a numbered menu under it leads to."""

    text: str
    media: MediaFile | None = None
    choices: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as a member wrote it."""

    name: str
    phrases: Sequence[str]
    answers: Sequence[AnswerDraft]
    reach: int = ReplyRule.Reach.SIMILAR
    when: str = ReplyRule.When.ALWAYS
    channel: Channel | None = None
    segment: Segment | None = None
    then: Sequence[ActionCall] = ()
    hands_over: bool = False
    weekdays: Sequence[int] = ()

    def with_phrase(self, phrase: str) -> "RuleDraft":
        """The same rule with one more phrase."""
        return replace(self, phrases=[*self.phrases, phrase])


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    """The settings of automatic replies, as `ReplySettings` holds them."""

    is_on: bool
    silence_minutes: int
    away_text: str
    handover_text: str


def draft_of(rule: ReplyRule) -> RuleDraft:
    """The rule as a draft."""
    answers = [
        AnswerDraft(answer.text, answer.content.media, [(line["title"], line["rule"]) for line in answer.choices])
        for answer in rule.answers.select_related("content__media").defer("content__media__data")
    ]
    return RuleDraft(
        rule.name, rule.phrases, answers, rule.reach, rule.when, rule.channel, rule.segment, read_calls(rule.then),
        rule.hands_over, rule.weekdays,
    )  # fmt: skip


@transaction.atomic
def create_rule(*, workspace: Workspace, draft: RuleDraft, by: User | None = None) -> ReplyRule:
    """Stores a rule at the end of the list.

    Raises DomainError: `no_words`, `word_taken` (a stop word, a start word, or a word for a person), `no_answer`,
    `too_many`, and as `create_content` and `check_carried`.
    """
    _bump(workspace)
    rules = ReplyRule.objects.filter(workspace=workspace, deleted_at=None)
    number, last = rules.aggregate(number=Count("pk"), last=Max("position")).values()
    if number >= MOST_RULES:
        raise DomainError(_("A shop can have 500 rules."), code="too_many")
    rule = ReplyRule(workspace=workspace, position=0 if last is None else last + 1)
    _fill(rule, draft)
    record_audit(workspace=workspace, actor=by, action="autoreply.create_rule", target=("reply_rule", rule.pk))
    return rule


@transaction.atomic
def update_rule(*, workspace: Workspace, rule_id: int, draft: RuleDraft, by: User | None = None) -> ReplyRule:
    """Replaces a rule and its answers. Raises ReplyRule.DoesNotExist and as `create_rule`."""
    _bump(workspace)
    rule = ReplyRule.objects.get(workspace=workspace, pk=rule_id, deleted_at=None)
    _fill(rule, draft)
    record_audit(workspace=workspace, actor=by, action="autoreply.update_rule", target=("reply_rule", rule.pk))
    return rule


@transaction.atomic
def switch_rule(*, workspace: Workspace, rule_id: int, on: bool, by: User | None = None) -> None:
    """Switches a rule on or off. Raises ReplyRule.DoesNotExist."""
    _bump(workspace)
    rule = ReplyRule.objects.get(workspace=workspace, pk=rule_id, deleted_at=None)
    rule.is_on = on
    rule.save(update_fields=["is_on"])
    action = "autoreply.switch_on" if on else "autoreply.switch_off"
    record_audit(workspace=workspace, actor=by, action=action, target=("reply_rule", rule.pk))


@transaction.atomic
def delete_rule(*, workspace: Workspace, rule_id: int, by: User | None = None) -> None:
    """Takes a rule out of use. Its answers in conversations and reports stay. Raises ReplyRule.DoesNotExist."""
    _bump(workspace)
    rule = ReplyRule.objects.get(workspace=workspace, pk=rule_id, deleted_at=None)
    rule.deleted_at = clock.now()
    rule.save(update_fields=["deleted_at"])
    record_audit(workspace=workspace, actor=by, action="autoreply.delete_rule", target=("reply_rule", rule.pk))


@transaction.atomic
def move_rule(*, workspace: Workspace, rule_id: int, up: bool) -> None:
    """Moves a rule one place up or down in the list. Raises ReplyRule.DoesNotExist."""
    _bump(workspace)
    rules = list(ReplyRule.objects.filter(workspace=workspace, deleted_at=None))
    place = next((number for number, rule in enumerate(rules) if rule.pk == rule_id), None)
    if place is None:
        raise ReplyRule.DoesNotExist
    other = place - 1 if up else place + 1
    if 0 <= other < len(rules):
        rules[place], rules[other] = rules[other], rules[place]
    for number, rule in enumerate(rules):
        rule.position = number
    ReplyRule.objects.bulk_update(rules, ["position"])


@transaction.atomic
def save_settings(*, workspace: Workspace, draft: SettingsDraft, by: User | None = None) -> ReplySettings:
    """Stores the settings. Raises DomainError `bad_silence`, `text_too_long`."""
    if not 0 <= draft.silence_minutes <= MOST_MINUTES:
        raise DomainError(_("At most seven days."), code="bad_silence", field="silence_minutes")
    settings = _bump(workspace)
    settings.is_on = draft.is_on
    settings.silence_minutes = draft.silence_minutes
    settings.away_text = storable(draft.away_text).strip()
    settings.handover_text = storable(draft.handover_text).strip()
    settings.save()
    record_audit(workspace=workspace, actor=by, action="autoreply.change_settings")
    return settings


def _bump(workspace: Workspace) -> ReplySettings:
    """Locks the settings and raises their version. The lock orders all changes of rules. A process reads the
    rules again when the version is new."""
    ReplySettings.objects.bulk_create([ReplySettings(workspace=workspace)], ignore_conflicts=True)
    settings = ReplySettings.objects.select_for_update().get(workspace=workspace)
    settings.version += 1
    settings.save(update_fields=["version"])
    return settings


def _fill(rule: ReplyRule, draft: RuleDraft) -> None:
    rule.phrases = _checked_phrases(rule.workspace, draft.phrases)
    rule.name = clean(storable(draft.name))[:60] or rule.phrases[0]
    rule.reach, rule.when = draft.reach, draft.when
    rule.weekdays = sorted(set(draft.weekdays)) if len(set(draft.weekdays)) < 7 else []
    rule.channel, rule.segment = draft.channel, draft.segment
    calls = check_calls(rule.workspace, draft.then)
    rule.then, rule.hands_over = [call.stored() for call in calls], draft.hands_over
    starts_form = any(call.key == START_FORM for call in calls)
    if not draft.answers and not draft.hands_over and not starts_form:
        raise DomainError(_("Write what is answered."), code="no_answer", field="answer_1")
    if draft.answers and starts_form:
        raise DomainError(
            _("The questions of the chat form are the answer. Leave this empty."), code="two_answers", field="answer_1"
        )
    if len(draft.answers) > MOST_ANSWERS:
        raise DomainError(_("At most five answers."), code="too_many", field="answer_1")
    if rule.pk is not None:
        rule.answers.all().delete()
    rule.save()
    for position, answer in enumerate(draft.answers):
        _add_answer(rule, answer, position)


def _add_answer(rule: ReplyRule, draft: AnswerDraft, position: int) -> None:
    """Stores an answer. Raises DomainError whose field is "answer_<n>" (n from 1), "file_<n>" or "menu_<n>"."""
    workspace, number = rule.workspace, position + 1
    text, lines = storable(draft.text).strip(), _menu(workspace, draft.choices, number)
    if lines and not text:
        raise DomainError(_("Write a sentence above the menu."), code="no_text", field=f"answer_{number}")
    whole = as_lines(text, [line["title"] for line in lines])
    try:
        if draft.media is not None:
            for channel in [rule.channel] if rule.channel else channels(workspace):
                check_carried(channel=channel, media=draft.media, caption=whole)
        elif len(whole) > LONGEST_ANSWER:
            raise DomainError(_("At most 4,096 characters."), code="text_too_long", field="text")  # noqa: TRY301
        content = create_content(workspace=workspace, text=text, purpose=Message.Purpose.SERVICE, media=draft.media)
    except DomainError as error:
        field = "file" if error.field == "media" else "answer"
        raise DomainError(error.message, code=error.code, field=f"{field}_{number}", **error.params) from error
    ReplyAnswer.objects.create(rule=rule, text=text, content=content, choices=lines, position=position)


def _menu(workspace: Workspace, choices: Sequence[tuple[str, int]], number: int) -> list[dict[str, Any]]:
    """The lines of a menu as they are stored. Lines that lead to rules that are gone are left out."""
    if len(choices) > MOST_CHOICES:
        raise DomainError(_("A menu has at most nine lines."), code="too_many", field=f"menu_{number}")
    if not choices:
        return []
    known = set(ReplyRule.objects.filter(workspace=workspace, deleted_at=None).values_list("pk", flat=True))
    return [{"title": clean(title)[:60], "rule": target} for title, target in choices if target in known]


def _checked_phrases(workspace: Workspace, phrases: Sequence[str]) -> list[str]:
    found: dict[tuple[str, ...], str] = {}
    cleaned = [clean(storable(phrase)) for phrase in phrases]
    for phrase, keyword in zip(cleaned, match_keywords(workspace, cleaned), strict=True):
        words = plain_words(phrase)
        if not words:
            continue
        if len(phrase) > LONGEST_PHRASE:
            raise DomainError(_("Words of a rule have at most 60 characters."), code="too_long", field="phrases")
        if keyword is not None:
            raise DomainError(
                _("“%(word)s” is a word for joining or stopping, which always comes first."),
                code="word_taken", field="phrases", word=phrase,
            )  # fmt: skip
        if asks_for_person(phrase):
            raise DomainError(_("“%(word)s” always reaches a person."), code="word_taken", field="phrases", word=phrase)
        found.setdefault(words, phrase)
    if not found:
        raise DomainError(_("Write at least one word that customers write."), code="no_words", field="phrases")
    if len(found) > MOST_PHRASES:
        raise DomainError(_("A rule has at most 40 words."), code="too_many", field="phrases")
    return list(found.values())
