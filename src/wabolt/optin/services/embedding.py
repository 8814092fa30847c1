"""Decides which other websites may show the page of an entry point in a frame."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.optin.models import EntryPoint
from wabolt.optin.rules.links import origin_of

MAX_SITES = 20


@transaction.atomic
def set_embedding(*, workspace: Workspace, point_id: int, embedding: str, sites: Sequence[str] = ()) -> EntryPoint:
    """Allows frames on no website, on the websites `sites`, or on any website (`EntryPoint.Embedding`).

    A site is an address of any of its pages; without a scheme it is https. Raises EntryPoint.DoesNotExist, and
    DomainError with the field "sites" (`bad_site`, `too_many`, `empty`) or "embedding" (`bad_choice`).
    """
    if embedding not in EntryPoint.Embedding.values:
        raise DomainError(_("Choose where the page may be shown."), code="bad_choice", field="embedding")
    origins: list[str] = []
    for text in (storable(site).strip() for site in sites):
        if not text:
            continue
        origin = origin_of(text if "://" in text else f"https://{text}")
        if origin is None:
            message = _("“%(site)s” is no web address. Write it like https://toko.id.") % {"site": text[:80]}
            raise DomainError(message, code="bad_site", field="sites")
        origins.append(origin)
    if len(origins) > MAX_SITES:
        raise DomainError(_("Up to 20 websites can be listed."), code="too_many", field="sites")
    if embedding == EntryPoint.Embedding.LISTED and not origins:
        raise DomainError(_("List at least one website."), code="empty", field="sites")
    point = EntryPoint.objects.get(workspace=workspace, pk=point_id)
    point.embedding, point.embedding_sites = embedding, list(dict.fromkeys(origins))
    point.save(update_fields=["embedding", "embedding_sites"])
    record_audit(workspace=workspace, action="entry_point.embed", target=("entry_point", point.pk))
    return point
