"""Reads of the copies of a person's data."""

from datetime import timedelta
from hashlib import sha256

from wabolt.lib import clock
from wabolt.privacy.models import DataExport

AGAIN_FOR = timedelta(minutes=15)
"""Time in which a download that broke off may be repeated."""
NOT_LEFT_OUT = frozenset({"contact", "contacts_identity", "consent_consentevent", "contacts_contactview"})
"""Sections that hold nothing about other people, so they always belong to the copy."""


def find_export(token: str) -> DataExport | None:
    """The copy behind a link that can be downloaded now. Opening the page does not use the link up."""
    pack = DataExport.objects.defer("data").filter(digest=digest_of(token)).select_related("request__workspace").first()
    return pack if pack is not None and is_usable(pack) else None


def is_usable(pack: DataExport) -> bool:
    """Whether the copy can be downloaded now."""
    now = clock.now()
    return pack.expires_at > now and (pack.opened_at is None or pack.opened_at > now - AGAIN_FOR)


def digest_of(token: str) -> str:
    """The stored form of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()
