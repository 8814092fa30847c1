"""The words that stop and start promotions."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.consent import rules
from wabolt.consent.models import Keyword, Purpose, Wording
from wabolt.consent.services.wordings import add_wording
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
                "I agree to receive news and promotions from %(shop)s on WhatsApp."
                " I can stop at any time by replying STOP."
            ) % {"shop": workspace.name}
        add_wording(workspace=workspace, purpose=Purpose.MARKETING, text=text, language=workspace.language)


def add_keyword(*, workspace: Workspace, action: str, word: str) -> Keyword:
    """Adds a stop or start word. Raises DomainError for an empty, long or existing word."""
    word = clean(word).upper()
    normalised = normalise_keyword(word)
    if not normalised:
        raise DomainError(_("Write a word with letters or digits."), code="empty", field="word")
    if len(word) > 60 or len(normalised) > 60:
        raise DomainError(_("A word may have 60 characters at most."), code="too_long", field="word")
    if action == Keyword.Action.START and normalised == rules.ALWAYS_STOP:
        raise DomainError(_("STOP always stops; it cannot mean anything else."), code="reserved", field="word")
    try:
        with transaction.atomic():
            return Keyword.objects.create(workspace=workspace, action=action, word=word, normalised=normalised)
    except IntegrityError:
        there = Keyword.objects.get(workspace=workspace, normalised=normalised)
    if there.action == action:
        raise DomainError(_("“%(word)s” is already there.") % {"word": there.word}, code="duplicate", field="word")
    if there.action == Keyword.Action.STOP:
        message = _("“%(word)s” is a stop word. A word cannot stop and start at once.")
    else:
        message = _("“%(word)s” is a join word. A word cannot stop and start at once.")
    raise DomainError(message % {"word": there.word}, code="both", field="word")


@transaction.atomic
def remove_keyword(*, workspace: Workspace, keyword: Keyword) -> None:
    """Removes a word. Raises DomainError for STOP and for the last start word."""
    if keyword.action == Keyword.Action.STOP and keyword.normalised == rules.ALWAYS_STOP:
        raise DomainError(_("STOP always stays: every promotion says that it works."), code="reserved")
    words = Keyword.objects.select_for_update().filter(workspace=workspace, action=keyword.action)
    if {word.pk for word in words} <= {keyword.pk}:
        raise DomainError(_("This is the last word of its kind. Add another one first."), code="last")
    Keyword.objects.filter(workspace=workspace, pk=keyword.pk).delete()
