"""Reactions of giveaways to signals of lower rooms. Connected in `OptinConfig.ready`."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.consent.signals import keyword_adding
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore, database_restored
from wabolt.optin.giveaways import queries
from wabolt.optin.giveaways.services import carry_giveaways, warn_about_draws


@receiver(keyword_adding)
def keep_word(*, workspace: Workspace, word: str, normalised: str, **_more: Any) -> None:
    """Refuses a stop or join word that is the word of a giveaway: people who take part would stop or agree to
    promotions without wanting to."""
    giveaway = queries.with_same_word(workspace, normalised, None)
    if giveaway is not None:
        message = _("“%(word)s” is the word of the giveaway “%(name)s”. Wait until it is over, or take another word.")
        raise DomainError(message % {"word": word, "name": giveaway.point.name}, code="giveaway_word", field="word")


@receiver(database_restored)
def draw_nothing_twice(restore: Restore, **_more: Any) -> None:
    """Keeps the results since the backup, and warns about draws whose result is unknown."""
    if restore.shops:
        carry_giveaways(restore)
    warn_about_draws(restore)
