"""The words that stop and start promotions."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.consent import rules
from wabolt.consent.models import Keyword, Purpose, Wording
from wabolt.consent.services.wordings import store_wording
from wabolt.consent.signals import keyword_adding
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, normalise_keyword


@transaction.atomic
def create_defaults(*, workspace: Workspace) -> None:
    """Creates the first stop and start words and the first wording of a workspace. Existing ones stay."""
    Keyword.objects.bulk_create(
        [
            Keyword(workspace=workspace, action=action, word=word, normalised=normalise_keyword(word))
            for action, words in (("stop", rules.STOP_WORDS), ("start", rules.START_WORDS))
            for word in words
        ],
        ignore_conflicts=True,
    )
    if not Wording.objects.filter(workspace=workspace, purpose=Purpose.MARKETING).exists():
        with override(workspace.language):
            text = _(
                "I agree to receive news and promotions from %(shop)s on WhatsApp, at most three messages a week."
                " I can stop at any time by replying STOP."
            ) % {"shop": workspace.name}
        store_wording(workspace, Purpose.MARKETING, text, workspace.language, is_default=True)


def add_keyword(*, workspace: Workspace, action: str, word: str) -> Keyword:
    """Adds a stop or start word.

    Raises DomainError for an empty, long or existing word, for a word with another meaning (`signals.keyword_adding`),
    and for a word that would make a start word useless, because its message is, or may be, a stop.
    """
    word = clean(word).upper()
    normalised = normalise_keyword(word)
    if not normalised:
        raise DomainError(_("Write a word with letters or digits."), code="empty", field="word")
    if len(word) > 60 or len(normalised) > 60:
        raise DomainError(_("A word may have 60 characters at most."), code="too_long", field="word")
    if action == Keyword.Action.START and normalised == rules.ALWAYS_STOP:
        raise DomainError(_("STOP always stops; it cannot mean anything else."), code="reserved", field="word")
    _check_start_words(workspace, action, word, normalised)
    keyword_adding.send(Keyword, workspace=workspace, action=action, word=word, normalised=normalised)
    try:
        with transaction.atomic():
            added = Keyword.objects.create(workspace=workspace, action=action, word=word, normalised=normalised)
            _audit(added, "keyword.add")
            return added
    except IntegrityError:
        known = Keyword.objects.get(workspace=workspace, normalised=normalised)
    if known.action == action:
        raise DomainError(_("“%(word)s” is already there.") % {"word": known.word}, code="duplicate", field="word")
    if known.action == Keyword.Action.STOP:
        message = _("“%(word)s” is a stop word. A word cannot stop and start at once.")
    else:
        message = _("“%(word)s” is a join word. A word cannot stop and start at once.")
    raise DomainError(message % {"word": known.word}, code="both", field="word")


def _check_start_words(workspace: Workspace, action: str, word: str, normalised: str) -> None:
    """Raises DomainError when the new word, or an existing start word, would not be read as a start word."""
    known: dict[str, set[str]] = {Keyword.Action.STOP: set(), Keyword.Action.START: set()}
    shown = {normalised: word}
    for row in Keyword.objects.filter(workspace=workspace):
        known[row.action].add(row.normalised)
        shown.setdefault(row.normalised, row.word)
    if normalised in known[Keyword.Action.STOP] | known[Keyword.Action.START]:
        return  # the unique constraint refuses it
    stop = known[Keyword.Action.STOP]
    if action == Keyword.Action.START:
        meaning = rules.meaning_of(normalised, stop, (), workspace.name)
        if meaning == "stop":
            message = _(
                "A message “%(word)s” stops promotions, so it cannot be a join word. Choose a word without a stop word."
            )
        else:
            message = _("“%(word)s” can mean stop, so it cannot be a join word. Choose a word without a stop word.")
        refused = [normalised] if meaning is not None else []
    else:
        message = _("With this stop word, a message “%(word)s” would stop promotions. Remove that join word first.")
        refused = [
            other
            for other in sorted(known[Keyword.Action.START])
            if rules.meaning_of(other, stop | {normalised}, (), workspace.name) == "stop"
            and rules.meaning_of(other, stop, (), workspace.name) != "stop"
        ]
    if refused:
        raise DomainError(message % {"word": shown[refused[0]]}, code="means_stop", field="word")


@transaction.atomic
def remove_keyword(*, workspace: Workspace, keyword: Keyword) -> None:
    """Removes a word. Raises DomainError for STOP and for the last start word."""
    if keyword.action == Keyword.Action.STOP and keyword.normalised == rules.ALWAYS_STOP:
        raise DomainError(_("STOP always stays: every promotion says that it works."), code="reserved")
    words = Keyword.objects.select_for_update().filter(workspace=workspace, action=keyword.action).order_by("pk")
    if {word.pk for word in words} <= {keyword.pk}:
        raise DomainError(_("This is the last word of its kind. Add another one first."), code="last")
    Keyword.objects.filter(workspace=workspace, pk=keyword.pk).delete()
    _audit(keyword, "keyword.remove")


def _audit(keyword: Keyword, action: str) -> None:
    data = {"word": keyword.word, "means": str(keyword.action)}
    record_audit(workspace=keyword.workspace, action=action, target=("keyword", keyword.pk), data=data)
