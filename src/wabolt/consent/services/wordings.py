"""Versions of the text that people agree to."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.consent.models import Wording
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable

MAX_LENGTH = 1000


@transaction.atomic
def add_wording(
    *, workspace: Workspace, purpose: str, text: str, language: str = "id", is_default: bool = True
) -> Wording:
    """Makes `text` the newest version of the shop's text, or with `is_default=False` the text of one way in.

    The same text as in the newest version of its kind creates none. A new text of the shop leaves an audit entry.
    Raises DomainError for a text that is empty or longer than MAX_LENGTH.
    """
    wording, is_new = store_wording(workspace, purpose, text, language, is_default=is_default)
    if is_new and is_default:
        data = {"purpose": str(purpose), "version": wording.version}
        record_audit(workspace=workspace, action="wording.add", target=("wording", wording.pk), data=data)
    return wording


def store_wording(
    workspace: Workspace, purpose: str, text: str, language: str, *, is_default: bool
) -> tuple[Wording, bool]:
    """`add_wording` without the audit entry, in the caller's transaction. Returns the version and whether it is new."""
    text = storable(text.replace("\r\n", "\n")).strip()
    if not text:
        raise DomainError(_("Write the words that people agree to."), code="empty", field="text")
    if len(text) > MAX_LENGTH:
        raise DomainError(
            _("At most %(count)s characters, please.") % {"count": MAX_LENGTH}, code="too_long", field="text"
        )
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two new versions at once take turns
    versions = Wording.objects.filter(workspace=workspace, purpose=purpose)
    newest = versions.filter(is_default=is_default).order_by("-version").first()
    if newest and (newest.text, newest.language) == (text, language):
        return newest, False
    version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
    added = Wording.objects.create(
        workspace=workspace, purpose=purpose, version=version, text=text, language=language, is_default=is_default
    )
    return added, True
