"""The privacy settings of a shop."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.consent.queries import keywords
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, normalise_keyword, storable
from wabolt.privacy.models import PrivacySettings
from wabolt.privacy.rules import DEFAULT_WORDS, words_of

MOST_WORDS = 20
_TEXTS = (
    "business_name", "address", "contact_person", "contact_email", "contact_phone", "processors", "extra",
    "agency_name", "agency_address",
)  # fmt: skip


@transaction.atomic
def ensure_settings(*, workspace: Workspace) -> PrivacySettings:
    """Returns the settings of a shop; a shop without any gets them, with an address of its public pages."""
    row, _created = PrivacySettings.objects.get_or_create(workspace=workspace)
    return row


@transaction.atomic
def save_settings(*, workspace: Workspace, **texts: str) -> PrivacySettings:
    """Changes what the privacy page and the letters say. `texts`: by the name of the column."""
    row = ensure_settings(workspace=workspace)
    for name in _TEXTS:
        if name in texts:
            setattr(row, name, storable(texts[name]).strip())
    row.updated_at = clock.now()
    row.save()
    record_audit(workspace=workspace, action="privacy.settings")
    return row


@transaction.atomic
def save_words(*, workspace: Workspace, words: Mapping[str, Sequence[str]]) -> PrivacySettings:
    """Changes the words of requests, {kind: words}. An empty list brings the default words back.

    Raises DomainError with the kind as field: "duplicate" for a word of two kinds, "join_word" for a word that adds a
    person to the list, "too_many", "too_long" or "empty".
    """
    changed: dict[str, Any] = {}
    for kind in DEFAULT_WORDS:
        own_words = list(dict.fromkeys(clean(word).upper() for word in words.get(kind, ()) if clean(word)))
        if len(own_words) > MOST_WORDS:
            raise DomainError(_("At most %(count)s words.") % {"count": MOST_WORDS}, code="too_many", field=kind)
        if own_words and tuple(own_words) != DEFAULT_WORDS[kind]:
            changed[kind] = own_words
    _check_words(workspace, words_of(changed))
    row = ensure_settings(workspace=workspace)
    row.words, row.updated_at = changed, clock.now()
    row.save(update_fields=["words", "updated_at"])
    record_audit(workspace=workspace, action="privacy.words")
    return row


def _check_words(workspace: Workspace, chosen: Mapping[str, Sequence[str]]) -> None:
    joining = set(keywords(workspace, "start").values_list("normalised", flat=True))
    known: dict[str, str] = {}
    for kind, words in chosen.items():
        for word in words:
            plain = normalise_keyword(word)
            if not plain:
                raise DomainError(_("Write a word with letters or digits."), code="empty", field=kind)
            if len(word) > 60:
                raise DomainError(_("A word may have 60 characters at most."), code="too_long", field=kind)
            if plain in joining:
                message = _("“%(word)s” is a join word. Choose another one.")
                raise DomainError(message % {"word": word}, code="join_word", field=kind)
            if known.setdefault(plain, kind) != kind:
                message = _("“%(word)s” cannot mean two things.")
                raise DomainError(message % {"word": word}, code="duplicate", field=kind)
